package dev.rollbook.live;

import dev.rollbook.persistence.Gaps;
import dev.rollbook.statedb.RowBatches;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Carries counts into the rows, at most 250 ms behind the appends and never in their way.
///
/// Rows wait while the state-db is away. A row that is gone tells that another client of the
/// state-db deleted the thread.
@Component
class RowUpdates {
  private static final Logger log = LoggerFactory.getLogger(RowUpdates.class);
  private static final int BATCH = 500;

  private final RowBatches batches;
  private final Gaps gaps;
  private final Set<LiveThread> changed = ConcurrentHashMap.newKeySet();
  private boolean away;

  RowUpdates(RowBatches batches, Gaps gaps) {
    this.batches = batches;
    this.gaps = gaps;
  }

  void changed(LiveThread thread) {
    changed.add(thread);
  }

  @Scheduled(fixedDelay = 250)
  synchronized void flush() {
    try {
      var waiting = List.copyOf(changed);
      for (int from = 0; from < waiting.size(); from += BATCH) {
        flush(waiting.subList(from, Math.min(waiting.size(), from + BATCH)));
      }
      gaps.flush();
      back();
    } catch (DataAccessException | TransactionException failed) {
      away(failed);
    }
  }

  private void flush(List<LiveThread> threads) {
    Map<UUID, Taken> taken = new HashMap<>();
    for (var thread : threads) {
      changed.remove(thread);
      var snapshot = thread.snapshot();
      taken.put(snapshot.progress().id(), new Taken(thread, snapshot));
    }
    try {
      write(taken);
    } catch (DataAccessException | TransactionException failed) {
      changed.addAll(threads);
      throw failed;
    }
  }

  private void write(Map<UUID, Taken> taken) {
    var progress = new ArrayList<ThreadProgress>();
    var turns = new ArrayList<TurnRow>();
    for (var one : taken.values()) {
      progress.add(one.snapshot().progress());
      turns.addAll(one.snapshot().turns());
    }
    var gone = batches.update(progress, turns);
    taken.values().forEach(one -> one.thread().saved(one.snapshot()));
    taken.keySet().retainAll(gone);
    taken.values().forEach(RowUpdates::deletedElsewhere);
  }

  private static void deletedElsewhere(Taken taken) {
    var thread = taken.thread();
    try {
      thread.control(Recorder::threadDeleted);
      log.debug("thread {} has no row any more: it was deleted", thread.id());
    } catch (LiveThread.Unloaded deletedHere) {
      log.debug("thread {} was deleted and unloaded", thread.id(), deletedHere);
    } catch (IOException notClosed) {
      log.warn(
          "rollout of deleted thread {} could not be closed: {}",
          thread.id(),
          notClosed.getMessage());
    }
  }

  private void away(RuntimeException failed) {
    if (!away) {
      log.warn(
          "state-db does not answer: {}; appends go on, rows of {} threads wait",
          String.valueOf(failed.getMessage()).lines().findFirst().orElse(""),
          changed.size());
      log.debug("state-db does not answer", failed);
    }
    away = true;
  }

  private void back() {
    if (away) {
      log.info("state-db answers again, all rows are written");
    }
    away = false;
  }

  private record Taken(LiveThread thread, LiveState.Snapshot snapshot) {}
}
