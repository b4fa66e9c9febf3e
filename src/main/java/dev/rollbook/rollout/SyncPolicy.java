package dev.rollbook.rollout;

/// When written bytes are forced to disk.
public enum SyncPolicy {
  /// Before the append is answered: survives a crash of the machine.
  EVERY_APPEND,
  /// By a regular pass over all files that were written: a crash of the machine may lose one
  /// interval.
  INTERVAL,
  /// When the operating system sees fit.
  NEVER
}
