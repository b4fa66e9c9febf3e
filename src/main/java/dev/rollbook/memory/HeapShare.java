package dev.rollbook.memory;

/// How much of the heap each part of the service may hold at most, where no setting says otherwise.
///
/// The shares of all parts are less than the heap from 128 MB on. Bytes are shares of what the
/// service itself leaves; where a count is bounded instead, the share is the count times what was
/// measured for one.
public enum HeapShare {
  /// What is live after a start, 37 MB, and does not grow: beans, caches, open search index.
  SERVICE,

  /// Bodies and pages of requests; what imports, indexing and comparisons read.
  BODIES,

  /// Connections of which half have a request: 100 KB with a request, 14 KB without.
  CONNECTIONS,

  /// Live threads with their rollouts, without their ids: 4.9 KB each.
  THREADS,

  /// Channels and buffers of open rollouts: half a kilobyte each.
  OPEN_FILES,

  /// Ids of items, by which repeated ones are known.
  ITEM_IDS,

  /// Events for subscribers that are behind.
  EVENTS,

  /// Items that wait for the disk.
  RETRIES;

  /// Rollouts that are open at a time; they are bounded by the system rather than by the heap.
  public static final int MAX_OPEN_FILES = 1024;

  private static final long KB = 1024;
  private static final long MB = 1024 * KB;

  /// The share in bytes of a heap of this size.
  public long of(long heap) {
    return switch (this) {
      case SERVICE -> 38 * MB;
      case BODIES -> Math.min(heap / 3, left(heap) * 2 / 5);
      case CONNECTIONS -> (100 + 14) * KB * connections(heap) / 2;
      case THREADS -> 5 * KB * threads(heap);
      case OPEN_FILES -> MAX_OPEN_FILES * KB / 2;
      case ITEM_IDS, EVENTS -> left(heap) / 20;
      case RETRIES -> Math.min(16 * MB, left(heap) / 20);
    };
  }

  /// The share in bytes of the heap of this process.
  public long bytes() {
    return of(heap());
  }

  /// The largest size of the heap of this process.
  public static long heap() {
    return Runtime.getRuntime().maxMemory();
  }

  /// Connections that are open at a time.
  public static int connections(long heap) {
    return Math.clamp(heap / (256 * KB), 256, 8192);
  }

  /// Threads that are live at a time.
  public static int threads(long heap) {
    return Math.clamp(heap / (64 * KB), 16, Integer.MAX_VALUE);
  }

  /// Bytes of the longest line that is held in memory. While a page of it is made it is there up to
  /// five times, all of them within [#BODIES].
  public static int longestLine(long heap) {
    return (int) Math.min(32 * MB, Math.min(heap / 20, BODIES.of(heap) / 5));
  }

  /// A heap that the service does not fit in is too small for all else, too.
  private static long left(long heap) {
    return Math.max(heap / 4, heap - SERVICE.of(heap));
  }
}
