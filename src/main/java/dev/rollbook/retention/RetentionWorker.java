package dev.rollbook.retention;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditUnavailableException;
import dev.rollbook.cluster.ClusterJobs;
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
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that runs retention passes, one at a time. The worker has a platform thread,
/// because compressing is CPU-bound, and a virtual thread would occupy a carrier thread that
/// requests need.
@Component
class RetentionWorker extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(RetentionWorker.class);
  private static final String ACTION = "retention.run";
  private static final String JOB = "retention";

  /// Of the interval of passes, as replicas call at different times.
  private static final double JOB_INTERVAL = 0.9;

  private static final long BYTES_PER_MEGABYTE = 1_000_000;
  private static final Duration PEER_PAUSE = Duration.ofSeconds(1);

  private final RetentionProperties properties;
  private final RetentionPass pass;
  private final AuditLog audit;
  private final ClusterJobs jobs;
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
      ClusterJobs jobs,
      MeterRegistry registry,
      WorkerFailures workers,
      Clock clock) {
    super(
        "retention",
        ShutdownPhase.BACKGROUND,
        Thread.ofPlatform().daemon(),
        workers,
        Duration.ofSeconds(10));
    this.properties = properties;
    this.pass = pass;
    this.audit = audit;
    this.jobs = jobs;
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
      ask(new Asked(properties.mode() == Mode.DRY_RUN, true, new CompletableFuture<>()));
    }
  }

  /// Runs a pass and waits for its end.
  void run(boolean dryRun) {
    var pass = new Asked(dryRun, false, new CompletableFuture<>());
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
    boolean done = true;
    try {
      done = makeOnce(next, signal);
    } finally {
      if (done) {
        next.made().complete(null);
      } else {
        asked.add(next);
      }
    }
    return done ? Duration.ZERO : PEER_PAUSE;
  }

  /// A requested pass waits for the one of another replica, because both would write receipts of
  /// the same deletions. A dry run waits for nothing.
  ///
  /// @return false to try again later
  private boolean makeOnce(Asked pass, WorkerSignal signal) {
    if (pass.dryRun() && !pass.scheduled()) {
      make(true, signal);
      return true;
    }
    var interval = pass.scheduled() ? jobInterval() : Duration.ZERO;
    try {
      return jobs.tryRun(pass.job(), interval, () -> make(pass.dryRun(), signal))
          || pass.scheduled();
    } catch (DataAccessException | TransactionException e) {
      log.debug("the state-db does not answer, retention waits for the next pass", e);
      var tally = new RetentionTally(pass.dryRun(), clock.instant(), meters);
      tally.ended(clock.instant(), "the state-db does not answer");
      last = tally;
      logResult(tally.report());
      return true;
    }
  }

  private Duration jobInterval() {
    return Duration.ofMillis((long) ((double) properties.interval().toMillis() * JOB_INTERVAL));
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

  /// @return whether the pass ended as it should
  private boolean make(boolean dryRun, WorkerSignal signal) {
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
    return tally.report().error() == null;
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
  ///
  /// @param scheduled whether it is made once in the cluster for each interval
  private record Asked(boolean dryRun, boolean scheduled, CompletableFuture<@Nullable Void> made) {
    String job() {
      return dryRun ? JOB + "-dry-run" : JOB;
    }
  }
}
