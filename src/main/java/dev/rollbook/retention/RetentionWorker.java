package dev.rollbook.retention;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditUnavailableException;
import dev.rollbook.reconcile.RowsReconciled;
import dev.rollbook.retention.RetentionProperties.Mode;
import dev.rollbook.retention.RetentionTally.Report;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Background worker that runs retention passes, one at a time. The worker has a platform thread,
/// because compressing is CPU-bound, and a virtual thread would occupy a carrier thread that
/// requests need.
@Component
class RetentionWorker extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(RetentionWorker.class);
  private static final String ACTION = "retention.run";
  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  private final RetentionProperties properties;
  private final RetentionPass pass;
  private final AuditLog audit;
  private final Clock clock;
  private final Map<RetentionAction, Counter> meters = new EnumMap<>(RetentionAction.class);
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private volatile @Nullable RetentionTally last;
  private volatile boolean making;
  private volatile boolean reconciled;

  RetentionWorker(
      RetentionProperties properties,
      RetentionPass pass,
      AuditLog audit,
      MeterRegistry registry,
      WorkerFailures workers,
      Clock clock) {
    super(
        "retention",
        ShutdownPhase.REQUESTS,
        Thread.ofPlatform().daemon(),
        workers,
        Duration.ofSeconds(10));
    this.properties = properties;
    this.pass = pass;
    this.audit = audit;
    this.clock = clock;
    for (var action : RetentionAction.values()) {
      meters.put(
          action,
          Counter.builder("retention.threads")
              .description("Threads that were archived, deleted or compressed by retention")
              .baseUnit("threads")
              .tag("action", action.wireName())
              .register(registry));
    }
  }

  /// Allows passes only after the first comparison of rows and rollouts, because rows may be out of
  /// date.
  @EventListener(RowsReconciled.class)
  void reconciled() {
    reconciled = true;
  }

  @Scheduled(initialDelay = 60_000, fixedDelayString = "${rollbook.retention.interval:1h}")
  void begin() {
    if (!properties.isOff() && reconciled && !making) {
      ask(new Asked(properties.mode() == Mode.DRY_RUN, new CompletableFuture<>()));
    }
  }

  /// Runs a pass and waits for its end.
  void run(boolean dryRun) {
    var pass = new Asked(dryRun, new CompletableFuture<>());
    ask(pass);
    // None is made while the service stops.
    if (!isStopping()) {
      pass.made().join();
    }
  }

  private void ask(Asked pass) {
    asked.add(pass);
    wake();
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    var next = asked.poll();
    if (next == null) {
      return UNTIL_WOKEN;
    }
    try {
      make(next.dryRun(), signal);
    } finally {
      next.made().complete(null);
    }
    return Duration.ZERO;
  }

  @Override
  protected void close() {
    for (var left = asked.poll(); left != null; left = asked.poll()) {
      left.made().complete(null);
    }
  }

  boolean isMakingPass() {
    return making;
  }

  @Nullable Report lastPass() {
    var tally = last;
    return tally == null ? null : tally.report();
  }

  private void make(boolean dryRun, WorkerSignal signal) {
    var tally = new RetentionTally(dryRun, clock.instant(), meters);
    last = tally;
    making = true;
    try {
      tally.ended(clock.instant(), auditedRun(tally, dryRun, signal));
    } catch (RuntimeException | Error e) {
      log.debug("a retention pass failed", e);
      tally.ended(clock.instant(), "unexpected failure: " + e);
    } finally {
      making = false;
    }
    logResult(tally.report());
  }

  /// A pass that changes something has an entry in the audit before and after it.
  private @Nullable String auditedRun(RetentionTally tally, boolean dryRun, WorkerSignal signal) {
    if (dryRun) {
      return pass.run(tally, true, signal);
    }
    var outcome = Outcome.FAILED;
    try {
      audit.require(AuditEntry.ofService(ACTION, Outcome.STARTED));
    } catch (AuditUnavailableException e) {
      log.debug("retention waits for the next pass", e);
      return e.getMessage();
    }
    try {
      var error = pass.run(tally, false, signal);
      outcome = error == null ? Outcome.DONE : Outcome.FAILED;
      return error;
    } finally {
      audit.add(AuditEntry.ofService(ACTION, outcome));
    }
  }

  private static void logResult(Report report) {
    if (report.error() != null) {
      log.warn("{}; the pass ended early: {}", summary(report), report.error());
    } else if (!report.threads().isEmpty()) {
      log.info("{}", summary(report));
    } else {
      log.debug("{}", summary(report));
    }
  }

  private static String summary(Report report) {
    var actions =
        report.actions().entrySet().stream()
            .map(action ->
                "%s %d threads (%.1f MB)"
                    .formatted(
                        action.getKey(),
                        action.getValue().threads(),
                        (double) action.getValue().bytes() / BYTES_PER_MEGABYTE))
            .collect(Collectors.joining(", "));
    return "retention %s: %s; left %d threads alone; see /actuator/retention"
        .formatted(
            report.dryRun() ? "dry run" : "pass",
            actions,
            report.kept().values().stream().mapToInt(Integer::intValue).sum());
  }

  /// A requested pass.
  private record Asked(boolean dryRun, CompletableFuture<@Nullable Void> made) {}
}
