package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Finds a thread's row, also one that is still to be made: while rollouts are compared with rows,
/// a thread without a row is looked for among the files.
@Component
public class ThreadLookup {
  private final ThreadRows rows;
  private final Reconciler reconciler;

  ThreadLookup(ThreadRows rows, Reconciler reconciler) {
    this.rows = rows;
    this.reconciler = reconciler;
  }

  public Optional<ThreadRow> find(ThreadId id) {
    var row = rows.findById(id.value());
    return row.isEmpty() && reconciler.makeRowOf(id) ? rows.findById(id.value()) : row;
  }
}
