package dev.rollbook.reconcile;

import dev.rollbook.lock.OpenThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutNames;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.datadir.Tombstones;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadPlace;
import dev.rollbook.statedb.ThreadPlaces;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Deletes threads for good, and finishes deletions that were cut short.
///
/// A deletion is done once its tombstone is on the disk: from then on nobody sees the thread. Then
/// the rollout is removed, then the row with its turns and gaps. What cannot be removed is tried
/// again every second; what a kill has left is removed when files and rows are compared.
@Component
public class ThreadDeletion {
  private static final Logger log = LoggerFactory.getLogger(ThreadDeletion.class);
  private static final int PAGE_SIZE = 1000;

  private final Tombstones tombstones;
  private final Rollouts rollouts;
  private final ThreadRows rows;
  private final ThreadPlaces rowPlaces;
  private final Clock clock;
  private final OpenThreads<?> open;

  /// What is left of deleted threads, and why.
  private final Map<RolloutRef, String> unfinished = new ConcurrentHashMap<>();

  /// Whether all that an earlier process has left was looked for.
  private volatile boolean searched;

  ThreadDeletion(
      Tombstones tombstones,
      Rollouts rollouts,
      ThreadRows rows,
      ThreadPlaces rowPlaces,
      Clock clock,
      OpenThreads<?> open) {
    this.tombstones = tombstones;
    this.rollouts = rollouts;
    this.rows = rows;
    this.rowPlaces = rowPlaces;
    this.clock = clock;
    this.open = open;
    this.searched = tombstones.isEmpty();
  }

  /// Deletes a thread. Caller must hold the thread lock.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if the tombstone cannot be
  ///   written; then nothing was deleted
  public void delete(RolloutRef rollout, Cause cause) {
    try {
      tombstones.add(rollout.thread(), cause, clock.instant());
    } catch (IOException e) {
      throw StorageFaults.unavailable(rollout.thread(), e);
    }
    finish(rollout);
  }

  /// Lets a thread of that id be made again; nothing of the deleted one is left then. Caller must
  /// hold the thread lock.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if that cannot be made
  ///   durable; then the thread stays deleted
  public void lift(ThreadId thread, Cause cause) {
    if (!tombstones.contains(thread)) {
      return;
    }
    try {
      for (var left : leftOf(thread)) {
        rollouts.deleteDurably(left);
        unfinished.remove(left);
      }
      rows.remove(thread.value());
      tombstones.lift(thread, cause, clock.instant());
    } catch (IOException e) {
      throw StorageFaults.unavailable(thread, e);
    }
  }

  /// Why something of deleted threads is still here; empty where nothing is.
  Map<RolloutRef, String> unfinished() {
    return Map.copyOf(unfinished);
  }

  @Nullable String trouble() {
    return tombstones.trouble();
  }

  /// Removes what is left of deleted threads: files first, then rows.
  void finishAll(RolloutNames names, ReconcileRun run) {
    if (tombstones.isEmpty()) {
      return;
    }
    for (int from = 0; from < names.size() && !run.isOver(); from += PAGE_SIZE) {
      for (var ref : names.newestFirst(from, from + PAGE_SIZE)) {
        finishLeftover(ref, run);
      }
    }
    for (var page = rowPlaces.page(null, PAGE_SIZE);
        !page.isEmpty() && !run.isOver();
        page = rowPlaces.page(page.getLast().id(), PAGE_SIZE)) {
      for (var row : page) {
        finishLeftover(ref(row), run);
      }
    }
    if (!run.isOver()) {
      searched = true;
    }
  }

  private void finishLeftover(RolloutRef ref, ReconcileRun run) {
    if (tombstones.contains(ref.thread()) && finishIfStillDeleted(ref)) {
      run.count(ReconcileOutcome.DELETED);
    }
  }

  private RolloutRef ref(ThreadPlace row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }

  /// Tries again what could not be removed.
  @Scheduled(fixedDelay = 1000)
  void retry() {
    tombstones.repair();
    unfinished.keySet().forEach(this::finishIfStillDeleted);
  }

  private boolean finishIfStillDeleted(RolloutRef ref) {
    BooleanSupplier finish = () -> tombstones.contains(ref.thread()) && finish(ref);
    return open.whileStill(ref.thread(), isOpen -> finish.getAsBoolean());
  }

  /// @return whether nothing is left
  private boolean finish(RolloutRef ref) {
    try {
      rollouts.deleteDurably(ref);
      rows.remove(ref.thread().value());
      unfinished.remove(ref);
      return true;
    } catch (IOException | DataAccessException | TransactionException e) {
      var cause = StorageFaults.shortCause(e);
      if (unfinished.put(ref, cause) == null) {
        log.warn(
            "thread {} is deleted, but not all of it could be removed: {}; tried again every"
                + " second",
            ref.thread(),
            cause);
      }
      log.debug("rollout {} or its row cannot be removed", ref.name(), e);
      return false;
    }
  }

  /// Files of a deleted thread that may be here: those that an earlier process has left are known
  /// once all were looked for.
  private List<RolloutRef> leftOf(ThreadId thread) throws IOException {
    return searched
        ? unfinished.keySet().stream().filter(ref -> ref.thread().equals(thread)).toList()
        : rollouts.names().of(thread);
  }
}
