package dev.rollbook.reconcile;

import dev.rollbook.rollout.RolloutNames;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// How one comparison goes: first all files, newest first, so that lists are right early; then all
/// rows. Says in the log how far it is, and what it came to.
@Component
class Comparison {
  private static final Logger log = LoggerFactory.getLogger(Comparison.class);
  private static final int BATCH = 200;
  private static final int WORKERS = 2;
  private static final int SECONDS_BETWEEN_LINES = 5;

  private final Rollouts rollouts;
  private final ThreadDeletion deletion;
  private final FileComparison files;
  private final MissingRollouts missing;
  private final ReconcileMeters meters;
  private final Clock clock;

  Comparison(
      Rollouts rollouts,
      ThreadDeletion deletion,
      FileComparison files,
      MissingRollouts missing,
      ReconcileMeters meters,
      Clock clock) {
    this.rollouts = rollouts;
    this.deletion = deletion;
    this.files = files;
    this.missing = missing;
    this.meters = meters;
    this.clock = clock;
  }

  void run(ReconcileRun run) {
    var progress = run.progress();
    try {
      var names = rollouts.names();
      run.found(names);
      deletion.finishAll(names, run);
      progress.enter(Progress.Phase.ROLLOUTS, names.size());
      compareAll(names, run);
      progress.enter(Progress.Phase.ROWS, names.size());
      missing.find(progress, run::isOver);
      progress.end(run.isOver() ? Progress.Phase.STOPPED : Progress.Phase.DONE, clock.instant());
      tell(progress);
    } catch (IOException unreadable) {
      fail(run, "rollouts cannot be listed: " + StorageFaults.shortCause(unreadable));
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer, rows are compared with rollouts later", away);
      run.cutShort();
      progress.fail(
          "the state-db does not answer: " + StorageFaults.shortCause(away), clock.instant());
    } catch (RuntimeException | Error unexpected) {
      log.debug("comparison was given up", unexpected);
      fail(run, unexpected.toString());
    } finally {
      run.found(RolloutNames.NONE);
      meters.count(progress);
    }
  }

  /// Threads of the system: they compute, and would keep requests from the few carriers of virtual
  /// threads.
  private void compareAll(RolloutNames names, ReconcileRun run) {
    var next = new AtomicInteger();
    var factory = Thread.ofPlatform().daemon().name("reconcile-", 0).factory();
    try (var workers = Executors.newFixedThreadPool(WORKERS, factory)) {
      var work = new ArrayList<Future<?>>();
      for (int i = 0; i < WORKERS; i++) {
        work.add(workers.submit(() -> compareBatches(names, next, run)));
      }
      for (var each : work) {
        await(each, run);
      }
    }
  }

  private void compareBatches(RolloutNames names, AtomicInteger next, ReconcileRun run) {
    try {
      for (int from = next.getAndAdd(BATCH);
          from < names.size() && !run.isOver();
          from = next.getAndAdd(BATCH)) {
        var batch = names.newestFirst(from, from + BATCH);
        files.compare(batch, run);
        run.progress().compared(batch.size());
      }
    } catch (RuntimeException | Error failed) {
      run.giveUp();
      throw failed;
    }
  }

  private static void await(Future<?> work, ReconcileRun run) {
    while (true) {
      try {
        work.get(SECONDS_BETWEEN_LINES, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException goesOn) {
        log.info("comparing rollouts with their rows: {}", run.progress().howFar());
      } catch (InterruptedException hurried) {
        run.giveUp();
        Thread.currentThread().interrupt();
        return;
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException(failed.getCause());
      }
    }
  }

  private void tell(Progress progress) {
    var shown = progress.shown();
    log.info(
        "compared {} rollouts with their rows in {} s: {}",
        shown.compared(),
        progress.seconds(),
        progress.counted());
    var first = progress.firstLoss();
    if (first != null) {
      log.warn(
          "{} rollouts are missing and {} could not be compared, such as that of thread {} at {}:"
              + " {}",
          progress.of(Finding.ROLLOUT_MISSING),
          progress.of(Finding.FAILED),
          first.threadId(),
          first.rollout(),
          first.detail());
    }
  }

  private void fail(ReconcileRun run, String why) {
    run.progress().fail(why, clock.instant());
    if (!run.isStopping()) {
      log.warn("rollouts were not all compared with their rows: {}", why);
    }
  }
}
