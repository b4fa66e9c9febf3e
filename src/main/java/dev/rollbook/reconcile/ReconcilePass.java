package dev.rollbook.reconcile;

import dev.rollbook.reconcile.ReconcileState.Phase;
import dev.rollbook.rollout.RolloutCatalog;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// One comparison of rollouts and rows, in two steps. The first step compares all rollouts with
/// their rows, the newest rollout first, so that the first pages of lists are correct early. The
/// second step looks for the rollout of each row. The progress and the result are logged.
@Component
class ReconcilePass {
  private static final Logger log = LoggerFactory.getLogger(ReconcilePass.class);
  private static final int BATCH_SIZE = 200;
  private static final int WORKERS = 2;
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);

  private final Rollouts rollouts;
  private final ThreadDeletion deletion;
  private final RowComparison rows;
  private final Clock clock;
  private final Map<ReconcileOutcome, Counter> threads = new EnumMap<>(ReconcileOutcome.class);

  ReconcilePass(
      Rollouts rollouts,
      ThreadDeletion deletion,
      RowComparison rows,
      MeterRegistry registry,
      Clock clock) {
    this.rollouts = rollouts;
    this.deletion = deletion;
    this.rows = rows;
    this.clock = clock;
    for (var outcome : ReconcileOutcome.values()) {
      threads.put(
          outcome,
          Counter.builder("reconcile.threads")
              .description("Threads whose rollout was compared with its row")
              .baseUnit("threads")
              .tag("result", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  void run(ReconcileState run) {
    try {
      var names = rollouts.catalog();
      run.found(names);
      deletion.finishAll(names, run);
      run.enter(Phase.ROLLOUTS, names.size());
      compareAll(names, run);
      run.enter(Phase.ROWS, names.size());
      rows.findMissingRollouts(run);
      run.end(run.isOver() ? Phase.STOPPED : Phase.DONE, null, clock.instant());
      logResult(run);
    } catch (IOException e) {
      fail(run, "rollouts cannot be listed: " + StorageFaults.shortCause(e));
    } catch (DataAccessException | TransactionException e) {
      log.debug("comparison ended early because the state-db is unavailable; it is repeated", e);
      run.cutShort();
      run.end(
          Phase.FAILED,
          "the state-db does not answer: " + StorageFaults.shortCause(e),
          clock.instant());
    } catch (RuntimeException | Error e) {
      log.debug("comparison failed", e);
      fail(run, e.toString());
    } finally {
      run.found(RolloutCatalog.NONE);
      threads.forEach((outcome, counter) -> counter.increment((double) run.countOf(outcome)));
    }
  }

  /// Compares the threads in memory, whose rows other replicas do not write.
  ///
  /// @throws DataAccessException or TransactionException if the state-db is unavailable
  void compareLoaded(ReconcileState run) {
    rows.compareLoaded(run);
  }

  /// Compares on platform threads, because comparing is CPU-bound: on virtual threads it would
  /// occupy the few carriers that requests need.
  private void compareAll(RolloutCatalog names, ReconcileState run) {
    var next = new AtomicInteger();
    var factory = Thread.ofPlatform().daemon().name("reconcile-", 0).factory();
    try (var workers = Executors.newFixedThreadPool(WORKERS, factory)) {
      var logged = new AtomicLong(System.nanoTime());
      var work = Executors.callable(() -> compareBatches(names, next, logged, run));
      for (var done : workers.invokeAll(Collections.nCopies(WORKERS, work))) {
        done.get();
      }
    } catch (InterruptedException e) {
      run.giveUp();
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private void compareBatches(
      RolloutCatalog names, AtomicInteger next, AtomicLong logged, ReconcileState run) {
    try {
      for (int from = next.getAndAdd(BATCH_SIZE);
          from < names.size() && !run.isOver();
          from = next.getAndAdd(BATCH_SIZE)) {
        var batch = names.newestFirst(from, from + BATCH_SIZE);
        rows.compare(batch, run);
        run.compared(batch.size());
        logProgress(logged, run);
      }
    } catch (RuntimeException | Error e) {
      run.giveUp();
      throw e;
    }
  }

  /// Logs the progress, every few seconds.
  private static void logProgress(AtomicLong logged, ReconcileState run) {
    long last = logged.get();
    long now = System.nanoTime();
    if (now - last > LOG_INTERVAL.toNanos() && logged.compareAndSet(last, now)) {
      var progress = run.progress();
      log.info(
          "comparing rollouts with their rows: {} of {}; {}",
          progress.compared(),
          progress.rollouts(),
          progress.summary());
    }
  }

  private void logResult(ReconcileState run) {
    var progress = run.progress();
    var took = Duration.between(progress.startedAt(), clock.instant());
    log.info(
        "compared {} rollouts with their rows in {} s: {}",
        progress.compared(),
        took.toMillis() / 1000.0,
        progress.summary());
    var first = progress.firstLoss();
    if (first != null) {
      log.warn(
          "{} rollouts are missing and {} could not be compared, such as that of thread {} at {}:"
              + " {}",
          run.countOf(ReconcileOutcome.ROLLOUT_MISSING),
          run.countOf(ReconcileOutcome.FAILED),
          first.threadId(),
          first.rollout(),
          first.detail());
    }
  }

  private void fail(ReconcileState run, String why) {
    run.end(Phase.FAILED, why, clock.instant());
    if (!run.isStopping()) {
      log.warn("some rollouts were not compared with their rows: {}", why);
    }
  }
}
