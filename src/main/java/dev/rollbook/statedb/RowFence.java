package dev.rollbook.statedb;

/// Keeps a process that was replaced from overwriting the rows of the process after it, if several
/// processes may use one database.
public interface RowFence {
  /// The epoch of the lease that this process must hold while it writes rows.
  long epoch();
}
