package dev.rollbook.rollout;

/// When written bytes are synced to the disk (fsync).
public enum SyncPolicy {
  /// Before an append is acknowledged: survives a crash of the machine.
  EVERY_APPEND,
  /// By a background pass over all written files: a crash of the machine may lose one interval.
  INTERVAL,
  /// When the operating system writes them back.
  NEVER
}
