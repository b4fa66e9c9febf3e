package dev.rollbook.retention;

import dev.rollbook.reconcile.RowsReconciled;
import dev.rollbook.retention.RetentionProperties.Mode;
import java.time.Clock;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Makes passes, one at a time, in a thread of its own: compressing computes, and would keep
/// requests from the carriers of virtual threads.
@Component
class Retention implements DisposableBean {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);
  private static final long MEGABYTE = 1_000_000;

  private final RetentionProperties properties;
  private final RetentionPass pass;
  private final Stop stop = new Stop();
  private final Clock clock;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("retention").daemon().factory());
  private volatile @Nullable Tally last;
  private volatile boolean running;
  private volatile boolean reconciled;

  Retention(RetentionProperties properties, RetentionPass pass, Clock clock) {
    this.properties = properties;
    this.pass = pass;
    this.clock = clock;
  }

  /// Until rows were compared with rollouts, they may be behind them.
  @EventListener(RowsReconciled.class)
  void reconciled() {
    reconciled = true;
  }

  @Scheduled(initialDelay = 60_000, fixedDelayString = "${rollbook.retention.interval:1h}")
  void begin() {
    if (!properties.isOff() && reconciled && !running && !stop.isAsked()) {
      thread.execute(() -> make(properties.mode() == Mode.DRY_RUN));
    }
  }

  /// Makes a pass and waits for it.
  void run(boolean dryRun) {
    try {
      thread.submit(() -> make(dryRun)).get();
    } catch (InterruptedException leftAlone) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    } catch (RejectedExecutionException stopping) {
      log.debug("no pass while the service stops", stopping);
    }
  }

  boolean isRunning() {
    return running;
  }

  @Nullable Report lastPass() {
    var tally = last;
    return tally == null ? null : tally.report();
  }

  private void make(boolean dryRun) {
    var tally = new Tally(dryRun, clock.instant());
    last = tally;
    running = true;
    try {
      tally.ended(clock.instant(), pass.run(tally, dryRun, stop));
    } catch (RuntimeException | Error unexpected) {
      log.debug("a pass failed", unexpected);
      tally.ended(clock.instant(), "it failed: " + unexpected);
    } finally {
      running = false;
    }
    tell(tally.report());
  }

  private static void tell(Report report) {
    if (report.error() != null) {
      log.warn("{}; it ended early: {}", told(report), report.error());
    } else if (report.isWorthTelling()) {
      log.info("{}", told(report));
    } else {
      log.debug("{}", told(report));
    }
  }

  private static String told(Report report) {
    var said = new StringBuilder(report.dryRun() ? "retention would" : "retention did");
    report
        .actions()
        .forEach((name, count) ->
            said.append(
                " %s %d threads (%.1f MB),"
                    .formatted(name, count.threads(), (double) count.bytes() / MEGABYTE)));
    said.append(
        " leave %d alone"
            .formatted(report.kept().values().stream().mapToInt(Integer::intValue).sum()));
    return said.append(", see /actuator/retention").toString();
  }

  @EventListener(ContextClosedEvent.class)
  void stopping() {
    stop.now();
  }

  @Override
  public void destroy() throws InterruptedException {
    stop.now();
    thread.shutdown();
    if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
      log.debug("a pass is still going on");
    }
  }
}
