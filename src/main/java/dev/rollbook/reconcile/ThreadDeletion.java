package dev.rollbook.reconcile;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.model.RollbookException.ThreadIdTaken;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutCatalog;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.Tombstones;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadLocation;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Permanent deletion of threads, including the completion of interrupted deletions.
///
/// A thread counts as deleted, and is invisible, as soon as its tombstone is on the disk. Then its
/// rollout is deleted, and after that its row with turns and gaps. A failed step is retried every
/// second. After a kill, the comparison of rollouts and rows completes the deletion.
@Component
public class ThreadDeletion {
  private static final Logger log = LoggerFactory.getLogger(ThreadDeletion.class);
  private static final int PAGE_SIZE = 1000;

  private final Tombstones tombstones;
  private final Rollouts rollouts;
  private final ThreadRepository rows;
  private final Clock clock;
  private final AuditLog audit;
  private final LoadedThreadRegistry<?> open;

  /// Leftovers of deleted threads, and why they could not be removed.
  private final Map<RolloutRef, String> unfinished = new ConcurrentHashMap<>();

  /// Whether leftovers of earlier processes were searched for.
  private volatile boolean searched;

  ThreadDeletion(
      Tombstones tombstones,
      Rollouts rollouts,
      ThreadRepository rows,
      Clock clock,
      AuditLog audit,
      LoadedThreadRegistry<?> open) {
    this.tombstones = tombstones;
    this.rollouts = rollouts;
    this.rows = rows;
    this.clock = clock;
    this.audit = audit;
    this.open = open;
    this.searched = tombstones.isEmpty();
  }

  /// Deletes a thread. Caller must hold the thread lock.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if the tombstone cannot be
  ///   written; then nothing was deleted
  public void delete(RolloutRef rollout, Owner owner, Cause cause) {
    try {
      tombstones.add(rollout.thread(), owner, cause, clock.instant());
    } catch (IOException e) {
      throw StorageFaults.unavailable(rollout.thread(), e);
    }
    finish(rollout);
  }

  /// Allows the id to be used again, after everything of the deleted thread was removed. Caller
  /// must hold the thread lock.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if that cannot be made
  ///   durable; then the thread stays deleted
  /// @throws ThreadIdTaken if the caller did not see the deleted thread
  public void lift(Access access, ThreadId thread, Cause cause) {
    try {
      tombstones.refresh();
    } catch (IOException e) {
      throw StorageFaults.unavailable(thread, e);
    }
    if (!tombstones.contains(thread)) {
      return;
    }
    if (!access.sees(tombstones.ownerOf(thread))) {
      throw new ThreadIdTaken(thread);
    }
    try {
      for (var left : leftOf(thread)) {
        remove(left);
        unfinished.remove(left);
      }
      rows.remove(thread.value());
      tombstones.lift(thread, cause, clock.instant());
      audit.add(
          AuditEntry.ofService(access.owner(), "thread.undelete", Outcome.DONE)
              .withThread(thread.toString()));
    } catch (IOException e) {
      throw StorageFaults.unavailable(thread, e);
    }
  }

  /// What could not be removed yet, and why.
  Map<RolloutRef, String> unfinished() {
    return Map.copyOf(unfinished);
  }

  @Nullable String trouble() {
    return tombstones.trouble();
  }

  /// Removes all leftovers of deleted threads: files first, then rows.
  void finishAll(RolloutCatalog names, ReconcileState run) {
    if (tombstones.isEmpty()) {
      return;
    }
    for (int from = 0; from < names.size() && !run.isOver(); from += PAGE_SIZE) {
      for (var ref : names.newestFirst(from, from + PAGE_SIZE)) {
        finishLeftover(ref, run);
      }
    }
    for (var page = rows.firstLocations(PAGE_SIZE);
        !page.isEmpty() && !run.isOver();
        page = rows.locationsAfter(page.getLast().id(), PAGE_SIZE)) {
      for (var row : page) {
        finishLeftover(ref(row), run);
      }
    }
    if (!run.isOver()) {
      searched = true;
    }
  }

  private void finishLeftover(RolloutRef ref, ReconcileState run) {
    if (tombstones.contains(ref.thread()) && finishIfStillDeleted(ref)) {
      run.count(ReconcileOutcome.DELETED);
    }
  }

  private RolloutRef ref(ThreadLocation row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }

  /// Retries failed removals.
  @Scheduled(fixedDelay = 1000)
  void retry() {
    tombstones.repair();
    unfinished.keySet().forEach(this::finishIfStillDeleted);
  }

  private boolean finishIfStillDeleted(RolloutRef ref) {
    try {
      return open.withThreadLocked(
          ref.thread(), isOpen -> isStillDeleted(ref.thread()) && finish(ref));
    } catch (IOException | OwnedElsewhereException | DataAccessException | TransactionException e) {
      log.debug("deletion of thread {} is finished later", ref.thread(), e);
      return false;
    }
  }

  /// Another process may have lifted the deletion.
  private boolean isStillDeleted(ThreadId thread) throws IOException {
    tombstones.refresh();
    return tombstones.contains(thread);
  }

  /// Removes what is left of a thread if it is deleted, as another replica may not have ended that.
  /// Caller must hold the thread lock.
  ///
  /// @return whether the thread is deleted
  boolean finishIfDeleted(RolloutRef ref) throws IOException {
    if (!isStillDeleted(ref.thread())) {
      return false;
    }
    finish(ref);
    return true;
  }

  /// @return whether nothing is left
  private boolean finish(RolloutRef ref) {
    try {
      remove(ref);
      rows.remove(ref.thread().value());
      unfinished.remove(ref);
      return true;
    } catch (IOException | DataAccessException | TransactionException e) {
      var cause = StorageFaults.shortCause(e);
      if (unfinished.put(ref, cause) == null) {
        log.warn(
            "thread {} is deleted, but its files or rows could not all be removed: {};"
                + " retrying every second",
            ref.thread(),
            cause);
      }
      log.debug("rollout {} or its row cannot be removed", ref.name(), e);
      return false;
    }
  }

  /// Removes a rollout. It is moved to `set_aside/` if its thread may have been started again since
  /// its deletion, in which case it is not a leftover.
  private void remove(RolloutRef ref) throws IOException {
    if (!tombstones.mayHaveBeenLifted(ref.thread())) {
      rollouts.deleteDurably(ref);
    } else if (rollouts.exists(ref)) {
      log.warn(
          "thread {} is deleted, but an unreadable line of deleted.jsonl may have"
              + " permitted the reuse of its id: its rollout was moved to {}; POST that file"
              + " to /v1/imports to get the thread back, or delete the file",
          ref.thread(),
          rollouts.setAside(ref));
    }
  }

  /// Files of a deleted thread that may still exist. Those of an earlier process are known once
  /// they were searched for; those of other processes are not.
  private List<RolloutRef> leftOf(ThreadId thread) throws IOException {
    return searched && !tombstones.isShared()
        ? unfinished.keySet().stream().filter(ref -> ref.thread().equals(thread)).toList()
        : rollouts.catalog().of(thread);
  }
}
