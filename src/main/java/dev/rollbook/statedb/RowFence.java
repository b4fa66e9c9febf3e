package dev.rollbook.statedb;

import java.util.OptionalLong;
import java.util.UUID;

/// Keeps a replica from overwriting the rows of a thread that another replica has claimed, if
/// several processes may use one database.
public interface RowFence {
  /// This process.
  UUID self();

  /// The epoch that the thread must have while its rows are written; empty if this process does not
  /// own it. May claim the thread, so caller must not be in a transaction.
  OptionalLong epoch(UUID thread);

  /// Called if the thread no longer has the epoch, because another replica has claimed it.
  void lost(UUID thread, long epoch);
}
