package dev.rollbook.statedb.availability;

/// Status of the rollout storage. If it fails together with the state-db, the service is down.
public interface RolloutStorageStatus {
  /// Whether the last operation on its disk failed.
  boolean isBroken();
}
