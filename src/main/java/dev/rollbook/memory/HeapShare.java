package dev.rollbook.memory;

/// Share of the heap that each part of the service may use by default.
///
/// With a heap of 128 MB or more, all shares together are smaller than the heap. [#SERVICE] is a
/// fixed size. A part with a limit in bytes gets a fraction of the rest. A part with a limited
/// number of objects, such as connections, gets this number multiplied by the measured size of one
/// object.
public enum HeapShare {
  /// Objects that are live after a start, 37 MB, and do not grow: beans, caches, open search index.
  SERVICE,

  /// Bodies and pages of requests; what imports, indexing and comparisons read.
  BODIES,

  /// Connections of which half have a request: 100 KB with a request, 14 KB without.
  CONNECTIONS,

  /// Live threads with their rollouts, without their ids: 4.9 KB each.
  THREADS,

  /// Channels and buffers of open rollouts: half a kilobyte each.
  OPEN_FILES,

  /// Ids of items, which detect duplicates.
  ITEM_IDS,

  /// Events for subscribers that are behind.
  EVENTS,

  /// Items that wait for the disk.
  RETRIES,

  /// Last known owners of the threads of other replicas: 200 bytes each.
  OWNERS;

  /// Rollouts that are open at a time; limited by the operating system rather than by the heap.
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
      case OWNERS -> left(heap) / 100;
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

  /// Bytes of the longest line that is read into memory. While a page with it is built there are up
  /// to five copies, all of them within [#BODIES].
  public static int longestLine(long heap) {
    return (int) Math.min(32 * MB, Math.min(heap / 20, BODIES.of(heap) / 5));
  }

  /// Heap that the service itself leaves; at least a quarter, for a heap that the service does not
  /// fit in.
  private static long left(long heap) {
    return Math.max(heap / 4, heap - SERVICE.of(heap));
  }
}
