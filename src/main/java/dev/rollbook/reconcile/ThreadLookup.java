package dev.rollbook.reconcile;

import dev.rollbook.access.Owner;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Finds the row of a thread. While a comparison of rollouts and rows runs, this class compares the
/// row of the requested thread with its rollout at once, and returns the corrected row. So no
/// request sees a row that is missing or out of date.
@Component
public class ThreadLookup {
  private static final Logger log = LoggerFactory.getLogger(ThreadLookup.class);

  private final DeletedThreads deleted;
  private final ThreadRepository rows;
  private final RowComparison comparison;
  private final Reconciler reconciler;

  ThreadLookup(
      DeletedThreads deleted,
      ThreadRepository rows,
      RowComparison comparison,
      Reconciler reconciler) {
    this.deleted = deleted;
    this.rows = rows;
    this.comparison = comparison;
    this.reconciler = reconciler;
  }

  /// Like [#find], but knows also of deletions by other processes. Caller must own the thread.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if they cannot be read
  public Optional<ThreadRow> findOwned(ThreadId id) {
    try {
      deleted.refresh();
    } catch (IOException e) {
      throw StorageFaults.unavailable(id, e);
    }
    return find(id);
  }

  public Optional<ThreadRow> find(ThreadId id) {
    if (isDeleted(id)) {
      return Optional.empty();
    }
    var row = rows.findById(id.value());
    var run = reconciler.current();
    if (run == null) {
      return row;
    }
    boolean changed = row.isEmpty() ? insert(id, run) : bringUp(row.get(), run);
    return changed ? rows.findById(id.value()) : row;
  }

  /// Another process may have used the id of a deleted thread again.
  private boolean isDeleted(ThreadId id) {
    if (!deleted.contains(id)) {
      return false;
    }
    try {
      deleted.refresh();
    } catch (IOException e) {
      log.debug("deletions by other processes cannot be read", e);
    }
    return deleted.contains(id);
  }

  /// The owner of a thread that has a row and is not deleted.
  public Optional<Owner> ownerOf(ThreadId id) {
    return isDeleted(id) ? Optional.empty() : rows.ownerOf(id.value());
  }

  /// Updates the row if its rollout is not at the row's path, while a comparison runs, because a
  /// kill may have come between the two steps of an archiving. The thread must not be open.
  public void followFile(ThreadId id) {
    var run = reconciler.current();
    var row = run == null ? Optional.<ThreadRow>empty() : rows.findById(id.value());
    if (run != null && row.isPresent()) {
      try {
        comparison.followIfMoved(row.get(), run);
      } catch (OwnedElsewhereException e) {
        log.debug("rollout {} is left to its owner", row.get().storage().rolloutPath(), e);
      } catch (IOException e) {
        log.debug("rollout {} cannot be looked for", row.get().storage().rolloutPath(), e);
      }
    }
  }

  private boolean insert(ThreadId id, ReconcileState run) {
    for (var ref : run.rollouts().of(id)) {
      try {
        if (comparison.insert(ref, run)) {
          run.settledAhead(id, ReconcileOutcome.ADDED);
          return true;
        }
      } catch (DuplicateKeyException e) {
        return true;
      } catch (IOException e) {
        log.debug("rollout {} cannot be read", ref.name(), e);
      }
    }
    return false;
  }

  private boolean bringUp(ThreadRow row, ReconcileState run) {
    try {
      return comparison.bringUpIfBehind(row, run);
    } catch (IOException e) {
      log.debug("rollout {} cannot be read", row.storage().rolloutPath(), e);
      return false;
    }
  }
}
