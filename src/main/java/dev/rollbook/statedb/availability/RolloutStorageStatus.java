package dev.rollbook.statedb.availability;

/// The other half of what is kept. While the state-db is away, all depends on it.
public interface RolloutStorageStatus {
  /// Whether the last that is known of its disk is a failure.
  boolean isBroken();
}
