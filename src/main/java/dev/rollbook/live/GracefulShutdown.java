package dev.rollbook.live;

import dev.rollbook.event.EventBus;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.worker.ShutdownPhase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Phase of a shutdown after background work has ended: waits for the requests that are running,
/// ends event streams, and fsyncs the rollouts. Appends that arrive during this phase are skipped,
/// unless other replicas go on with the threads ([Handover]).
///
/// The web server still answers during this phase, so that clients get an outcome instead of a
/// closed connection.
@Component
class GracefulShutdown implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  private final Handover handover;
  private final ShutdownGate gate;
  private final LiveThreads threads;
  private final LossSearch losses;
  private final Rollouts rollouts;
  private final EventBus events;
  private final Duration timeout;
  private volatile boolean running;

  GracefulShutdown(
      Handover handover,
      ShutdownGate gate,
      LiveThreads threads,
      LossSearch losses,
      Rollouts rollouts,
      EventBus events,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase:30s}") Duration timeout) {
    this.handover = handover;
    this.gate = gate;
    this.threads = threads;
    this.losses = losses;
    this.rollouts = rollouts;
    this.events = events;
    this.timeout = timeout;
  }

  @Override
  public void start() {
    gate.open();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    long until = System.nanoTime() + timeout.minusSeconds(1).toNanos();
    try {
      until += handover.run(timeout.dividedBy(2)).toNanos();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    gate.shut();
    try {
      if (!gate.awaitRunning(Duration.ofNanos(until - System.nanoTime()))) {
        log.warn("requests are still running after {}; their further appends are skipped", timeout);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    gate.close();
    events.closeAll();
    threads.closeFiles();
    // After the last write, so that what it has written is compared, too.
    losses.searchBeforeStop();
    rollouts.force();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return ShutdownPhase.REQUESTS.phase();
  }
}
