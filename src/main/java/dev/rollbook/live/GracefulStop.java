package dev.rollbook.live;

import dev.rollbook.event.Events;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.worker.ShutdownPhase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The first thing that stops: running requests end, later appends are skipped, event streams end,
/// rollouts are forced.
///
/// The web server still answers meanwhile, so that callers are told of a skip rather than cut off.
@Component
class GracefulStop implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(GracefulStop.class);

  private final AppendGate gate;
  private final LiveThreads threads;
  private final Rollouts rollouts;
  private final Events events;
  private final Duration patience;
  private volatile boolean running;

  GracefulStop(
      AppendGate gate,
      LiveThreads threads,
      Rollouts rollouts,
      Events events,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase:30s}") Duration patience) {
    this.gate = gate;
    this.threads = threads;
    this.rollouts = rollouts;
    this.events = events;
    this.patience = patience;
  }

  @Override
  public void start() {
    gate.open();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    gate.shut();
    try {
      if (!gate.awaitRunning(patience.minusSeconds(1))) {
        log.warn("requests still run after {}; what they append from now on is skipped", patience);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    gate.close();
    events.closeAll();
    threads.closeFiles();
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
