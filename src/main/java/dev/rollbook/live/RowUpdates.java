package dev.rollbook.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.reconcile.Reconciler;
import dev.rollbook.statedb.Openings;
import dev.rollbook.statedb.RowBatches;
import dev.rollbook.statedb.StateDbBusyException;
import dev.rollbook.statedb.StateDbPresence;
import dev.rollbook.statedb.StrayRows;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.Workers;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Carries counts into the rows, at most 250 ms behind the appends and never in their way; the last
/// ones when the web server has stopped.
///
/// Rows wait while the state-db is away. A row that is gone tells that another client of the
/// state-db deleted the thread, unless the state-db was away since the row was last seen: a
/// database that failed may have lost what it had taken.
@Component
class RowUpdates extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(RowUpdates.class);
  private static final Duration INTERVAL = Duration.ofMillis(250);
  private static final int BATCH = 500;
  private static final Duration SETTLED = Duration.ofSeconds(5);

  private final StateDbPresence stateDb;
  private final RowBatches batches;
  private final StrayRows strays;
  private final Gaps gaps;
  private final LostRows lostRows;
  private final Reconciler reconciler;
  private final Set<LiveThread> changed = ConcurrentHashMap.newKeySet();
  private final Openings openings;
  private final Clock clock;

  @GuardedBy("this")
  private boolean away;

  private final AtomicInteger outages = new AtomicInteger();

  @GuardedBy("this")
  private int seenOpenings;

  @GuardedBy("this")
  private @Nullable Instant reconcileAfter;

  RowUpdates(
      StateDbPresence stateDb,
      RowBatches batches,
      StrayRows strays,
      Gaps gaps,
      LostRows lostRows,
      Reconciler reconciler,
      Openings openings,
      Workers workers,
      Clock clock) {
    super("row-updates", ShutdownPhase.ROWS, Thread.ofPlatform().daemon(), workers);
    this.stateDb = stateDb;
    this.strays = strays;
    this.clock = clock;
    this.openings = openings;
    this.seenOpenings = openings.count();
    this.batches = batches;
    this.gaps = gaps;
    this.lostRows = lostRows;
    this.reconciler = reconciler;
  }

  void changed(LiveThread thread) {
    changed.add(thread);
  }

  @Override
  protected Duration step(Pause pause) {
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
    try {
      strays.flush();
      var waiting = List.copyOf(changed);
      for (int from = 0; from < waiting.size(); from += BATCH) {
        flush(waiting.subList(from, Math.min(waiting.size(), from + BATCH)));
      }
      noticeOpening();
      gaps.flush();
      back();
      reconcileOnceSettled();
    } catch (DataAccessException | TransactionException failed) {
      log.debug("rows are not written now", failed);
      if (StateDbBusyException.isCauseOf(failed)) {
        return;
      }
      away(String.valueOf(failed.getMostSpecificCause().getMessage()));
    }
  }

  /// Brings the row of a thread up to it.
  ///
  /// @return false while the state-db does not answer
  synchronized boolean save(LiveThread thread) {
    try {
      flush(List.of(thread));
      return true;
    } catch (DataAccessException | TransactionException away) {
      log.debug("the row of thread {} is written later", thread.id(), away);
      return false;
    }
  }

  /// Brings the row of a thread up to it, runs an action, and unloads the thread.
  ///
  /// No other update runs beside it, which might write an older state behind it.
  synchronized <T> T unloadAfter(LiveThread thread, boolean withinTurn, Supplier<T> action)
      throws IOException {
    return thread.unloadAfter(withinTurn, () -> flush(List.of(thread)), action);
  }

  /// Outages so far: what was saved in an earlier one may be lost.
  int outages() {
    return outages.get();
  }

  private synchronized void flush(List<LiveThread> threads) {
    Map<UUID, Taken> taken = new HashMap<>();
    for (var thread : threads) {
      changed.remove(thread);
      if (thread.isGone()) {
        continue;
      }
      thread
          .rows()
          .snapshot()
          .ifPresent(snapshot -> taken.put(snapshot.progress().id(), new Taken(thread, snapshot)));
    }
    try {
      write(taken);
    } catch (DataAccessException | TransactionException failed) {
      changed.addAll(threads);
      throw failed;
    }
  }

  @GuardedBy("this")
  private void write(Map<UUID, Taken> taken) {
    var progress = new ArrayList<ThreadProgress>();
    var turns = new ArrayList<TurnRow>();
    for (var one : taken.values()) {
      progress.add(one.snapshot().progress());
      turns.addAll(one.snapshot().turns());
    }
    // First the gaps: a row that has moved on leaves none of them behind after a crash.
    gaps.flush();
    var gone = batches.update(progress, turns);
    noticeOpening();
    for (var one : taken.values()) {
      if (!gone.contains(one.snapshot().progress().id())) {
        one.thread().rows().saved(one.snapshot(), outages.get());
        findForgottenGaps(one.thread());
      } else if (one.snapshot().savedIn() < outages.get()) {
        lostRows.restore(one.thread(), outages.get());
      } else {
        lostRows.deletedElsewhere(one.thread());
      }
    }
  }

  private void findForgottenGaps(LiveThread thread) {
    if (gaps.wereForgotten(thread.id())) {
      lostRows.findGaps(thread);
      gaps.wereFound(thread.id());
    }
  }

  @GuardedBy("this")
  private void noticeOpening() {
    if (openings.count() != seenOpenings) {
      seenOpenings = openings.count();
      outages.incrementAndGet();
      gaps.saveAgain();
      reconcileAfter = clock.instant().plus(SETTLED);
    }
  }

  /// On a full disk H2 closes itself again and again: the comparison waits until that is over.
  @GuardedBy("this")
  private void reconcileOnceSettled() {
    if (reconcileAfter == null && reconciler.wasCutShort()) {
      reconcileAfter = clock.instant().plus(SETTLED);
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
          "state-db does not answer: {}; appends go on, rows of {} threads wait",
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
      reconcileAfter = clock.instant().plus(SETTLED);
    }
    away = false;
  }

  private record Taken(LiveThread thread, LiveSnapshot snapshot) {}
}
