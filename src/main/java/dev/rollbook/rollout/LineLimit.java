package dev.rollbook.rollout;

/// Length of the longest line that is held in memory.
///
/// A line is there up to five times while a page of it is made, so that it may take a twentieth of
/// the heap. A longer line of somebody else's rollout is not imported; one that a rollout has is
/// read without its large members ([LargeLine]).
public final class LineLimit {
  private static final long MOST = 32L << 20;
  private static final int SHARE_OF_HEAP = 20;

  /// In bytes, without the line feed.
  public static final int BYTES =
      (int) Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);

  private LineLimit() {}
}
