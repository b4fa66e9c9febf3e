package dev.rollbook.rollout;

import dev.rollbook.memory.HeapShare;

/// Length of the longest line that is held in memory.
///
/// A longer line of somebody else's rollout is not imported; one that a rollout has is read without
/// its large members ([LargeLine]).
public final class LineLimit {
  /// In bytes, without the line feed.
  public static final int BYTES = HeapShare.longestLine(HeapShare.heap());

  private LineLimit() {}
}
