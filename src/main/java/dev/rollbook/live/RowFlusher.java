package dev.rollbook.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.event.Event.ThreadDeleted;
import dev.rollbook.live.LiveThreadLock.StaleThreadException;
import dev.rollbook.lock.ThreadLocks;
import dev.rollbook.model.LogFields;
import dev.rollbook.reconcile.Reconciler;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.skips.Gaps;
import dev.rollbook.statedb.OrphanRowCleanup;
import dev.rollbook.statedb.RowBatchUpdater;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.availability.StateDbAvailability;
import dev.rollbook.statedb.availability.StateDbBusyException;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that flushes the state of changed live threads to their rows every 250 ms,
/// without blocking appends. At a shutdown, the last flush runs after the web server has stopped.
///
/// While the state-db does not answer or does not commit, changes stay in memory. A missing row has
/// one of two causes. If the state-db had an outage after the row was last seen, the outage may
/// have lost the row, and the row is rebuilt. Otherwise another client of the state-db has deleted
/// the thread.
@Component
class RowFlusher extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(RowFlusher.class);
  private static final Duration INTERVAL = Duration.ofMillis(250);
  private static final int BATCH_SIZE = 500;
  private static final Duration SETTLE_TIME = Duration.ofSeconds(5);

  private final StateDbAvailability stateDb;
  private final RowBatchUpdater batches;
  private final OrphanRowCleanup orphans;
  private final Gaps gaps;
  private final RowRebuilder rebuild;
  private final ThreadRepository rows;
  private final Reconciler reconciler;
  private final Set<LiveThread> changed = ConcurrentHashMap.newKeySet();
  private final Clock clock;

  @GuardedBy("this")
  private boolean away;

  private final AtomicInteger outages = new AtomicInteger();
  private final AtomicInteger recoveries = new AtomicInteger();

  @GuardedBy("this")
  private int seenOpenings;

  @GuardedBy("this")
  private @Nullable Instant reconcileAfter;

  RowFlusher(
      StateDbAvailability stateDb,
      RowBatchUpdater batches,
      OrphanRowCleanup orphans,
      Gaps gaps,
      RowRebuilder rebuild,
      ThreadRepository rows,
      Reconciler reconciler,
      WorkerFailures workers,
      Clock clock) {
    super("row-updates", ShutdownPhase.ROWS, Thread.ofPlatform().daemon(), workers);
    this.stateDb = stateDb;
    this.orphans = orphans;
    this.clock = clock;
    this.seenOpenings = stateDb.openings();
    this.batches = batches;
    this.gaps = gaps;
    this.rebuild = rebuild;
    this.rows = rows;
    this.reconciler = reconciler;
  }

  void changed(LiveThread thread) {
    changed.add(thread);
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    flush();
    return INTERVAL;
  }

  @Override
  public void stop() {
    super.stop();
    flush();
  }

  synchronized void flush() {
    if (!stateDb.answers()) {
      away(stateDb.trouble());
      return;
    }
    if (!stateDb.commits()) {
      return;
    }
    try {
      orphans.flush();
      var waiting = List.copyOf(changed);
      for (int from = 0; from < waiting.size(); from += BATCH_SIZE) {
        flush(waiting.subList(from, Math.min(waiting.size(), from + BATCH_SIZE)));
      }
      noticeOpening();
      gaps.flush();
      back();
      reconcileOnceSettled();
    } catch (DataAccessException | TransactionException e) {
      log.debug("rows are not written now", e);
      if (StateDbBusyException.isCauseOf(e) || isDeadlock(e) || !stateDb.commits()) {
        return;
      }
      away(String.valueOf(e.getMostSpecificCause().getMessage()));
    }
  }

  /// The database is there: it has ended this transaction so that another one can go on, such as a
  /// change of the schema by a replica of a later version.
  private static boolean isDeadlock(Exception e) {
    return e instanceof PessimisticLockingFailureException;
  }

  /// Writes the row of one thread now.
  ///
  /// @return false while the state-db does not answer
  synchronized boolean save(LiveThread thread) {
    try {
      flush(List.of(thread));
      return true;
    } catch (DataAccessException | TransactionException e) {
      log.debug("the row of thread {} is written later", thread.id(), e);
      return false;
    }
  }

  /// Writes the row of a thread, runs an action, and unloads the thread.
  ///
  /// Synchronized, as a concurrent flush might write an older state after it.
  synchronized <T, E extends Exception> T unloadAfter(
      LiveThread thread, boolean withinTurn, ThreadLocks.Action<T, E> action) throws E {
    return thread.unloadAfter(withinTurn, () -> flush(List.of(thread)), action);
  }

  /// Outages so far: rows that were saved before the last one may be lost.
  int outages() {
    return outages.get();
  }

  /// How often the state-db answered again after an outage.
  int recoveries() {
    return recoveries.get();
  }

  private synchronized void flush(List<LiveThread> threads) {
    Map<UUID, FlushedThread> flushed = new HashMap<>();
    try {
      var epochs =
          batches.epochs(
              threads.stream().map(thread -> thread.id().value()).collect(Collectors.toSet()));
      for (var thread : threads) {
        changed.remove(thread);
        if (thread.isGone()) {
          continue;
        }
        thread
            .seen()
            .ifPresent(snapshot ->
                flushed.put(snapshot.progress().id(), new FlushedThread(thread, snapshot)));
      }
      write(flushed, epochs);
    } catch (DataAccessException | TransactionException e) {
      changed.addAll(threads);
      throw e;
    }
  }

  @GuardedBy("this")
  private void write(Map<UUID, FlushedThread> flushed, Map<UUID, Long> epochs) {
    var progress = new ArrayList<ThreadProgress>();
    var turns = new ArrayList<TurnRow>();
    for (var one : flushed.values()) {
      progress.add(one.snapshot().progress());
      turns.addAll(one.snapshot().turns());
    }
    // Gaps first: after a crash the row must not be ahead of them.
    gaps.flush();
    var outcome = batches.update(progress, turns, epochs);
    noticeOpening();
    for (var one : flushed.values()) {
      if (outcome.lost().contains(one.snapshot().progress().id())) {
        writtenElsewhere(one.thread());
      } else if (!outcome.gone().contains(one.snapshot().progress().id())) {
        one.thread().saved(one.snapshot(), outages.get());
        findForgottenGaps(one.thread());
      } else if (one.snapshot().outagesWhenSaved() < outages.get()) {
        restore(one.thread());
      } else {
        deletedElsewhere(one.thread());
      }
    }
  }

  /// If the thread was lost and is loaded again, its state is written next time.
  private void writtenElsewhere(LiveThread thread) {
    log.debug("thread {} is, or was, written by another replica", thread.id());
    if (!thread.isGone()) {
      changed(thread);
    }
  }

  private void findForgottenGaps(LiveThread thread) {
    if (!gaps.wereForgotten(thread.id())) {
      return;
    }
    try {
      var row = rows.findById(thread.id().value());
      if (row.isPresent()) {
        thread.openGaps(rebuild.bringUp(row.get()).counters().openGaps());
      }
    } catch (IOException e) {
      log.warn(
          "gaps of thread {} cannot be found again, as its rollout cannot be read: {}",
          thread.id(),
          StorageFaults.shortCause(e));
    }
    gaps.wereFound(thread.id());
  }

  /// The state-db lost the row: rebuilds it from the rollout, if there is one.
  private void restore(LiveThread thread) {
    try (var _ = LogFields.of(thread.id())) {
      if (!rebuild.insert(thread.rollout())) {
        rows.insert(thread.origin());
      }
      log.info("the state-db lost thread {}: rebuilt from its rollout", thread.id());
    } catch (DuplicateKeyException e) {
      log.debug("the row of thread {} was rebuilt by a comparison", thread.id(), e);
    } catch (IOException e) {
      log.warn(
          "the state-db lost thread {}, and its rollout cannot be read: {}",
          thread.id(),
          StorageFaults.shortCause(e));
    }
    thread.restored(outages.get());
  }

  /// Appends of the turn in progress are skipped from now on.
  private void deletedElsewhere(LiveThread thread) {
    try (var _ = LogFields.of(thread.id())) {
      thread.control(RolloutRecorder::threadDeleted, new ThreadDeleted(thread.id()));
      log.debug("thread {} has no row any more: it was deleted", thread.id());
    } catch (StaleThreadException e) {
      log.debug("thread {} was deleted and unloaded", thread.id(), e);
    } catch (IOException e) {
      log.warn(
          "rollout of deleted thread {} could not be closed: {}",
          thread.id(),
          StorageFaults.shortCause(e));
    }
  }

  @GuardedBy("this")
  private void noticeOpening() {
    if (stateDb.openings() != seenOpenings) {
      seenOpenings = stateDb.openings();
      outages.incrementAndGet();
      recoveries.incrementAndGet();
      gaps.saveAgain();
      reconcileAfter = clock.instant().plus(SETTLE_TIME);
    }
  }

  /// Delayed, as H2 on a full disk closes and reopens again and again.
  @GuardedBy("this")
  private void reconcileOnceSettled() {
    if (reconcileAfter == null && reconciler.wasCutShort()) {
      reconcileAfter = clock.instant().plus(SETTLE_TIME);
    }
    if (reconcileAfter != null && clock.instant().isAfter(reconcileAfter)) {
      reconcileAfter = null;
      reconciler.startAfterLoss();
    }
  }

  @GuardedBy("this")
  private void away(String cause) {
    if (!away) {
      log.warn(
          "state-db does not answer: {}; appends continue, rows of {} threads are written later",
          cause.lines().findFirst().orElse(""),
          changed.size());
      outages.incrementAndGet();
    }
    away = true;
  }

  @GuardedBy("this")
  private void back() {
    if (away) {
      log.info("state-db answers again, all rows are written");
      reconcileAfter = clock.instant().plus(SETTLE_TIME);
      recoveries.incrementAndGet();
    }
    away = false;
  }

  private record FlushedThread(LiveThread thread, LiveSnapshot snapshot) {}
}
