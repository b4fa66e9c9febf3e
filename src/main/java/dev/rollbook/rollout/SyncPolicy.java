package dev.rollbook.rollout;

/// Policy that determines when written bytes of rollouts are fsynced.
public enum SyncPolicy {
  /// Before an append is acknowledged: survives a crash of the machine.
  EVERY_APPEND,
  /// By a background pass over all written files: a crash of the machine may lose one interval.
  INTERVAL,
  /// When the operating system writes them back.
  NEVER
}
