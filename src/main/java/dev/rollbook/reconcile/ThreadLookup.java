package dev.rollbook.reconcile;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Finds a thread's row, also one that is still to be made or to be brought up: while rollouts are
/// compared with rows, the rollout of the thread that is asked for is compared ahead of its turn.
@Component
public class ThreadLookup {
  private final DeletedThreads deleted;
  private final ThreadRows rows;
  private final Reconciler reconciler;

  ThreadLookup(DeletedThreads deleted, ThreadRows rows, Reconciler reconciler) {
    this.deleted = deleted;
    this.rows = rows;
    this.reconciler = reconciler;
  }

  public Optional<ThreadRow> find(ThreadId id) {
    if (deleted.contains(id)) {
      return Optional.empty();
    }
    var row = rows.findById(id.value());
    boolean changed =
        row.isEmpty() ? reconciler.makeRowOf(id) : reconciler.bringUpAheadOfItsTurn(row.get());
    return changed ? rows.findById(id.value()) : row;
  }

  /// Has the row follow a file that lies elsewhere than it says, while rollouts are compared with
  /// rows: a kill may have taken the row's part of an archiving. Nobody may hold the thread.
  public void followFile(ThreadId id) {
    if (reconciler.isComparingNow()) {
      rows.findById(id.value()).ifPresent(reconciler::settleAheadOfItsTurn);
    }
  }
}
