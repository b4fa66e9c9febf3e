package dev.rollbook.rollout;

/// Status of the rollout storage. If the rollout storage and the state-db fail at the same time,
/// the service is down.
public interface RolloutStorageStatus {
  /// Whether the last operation on its disk failed.
  boolean isBroken();
}
