package dev.rollbook.memory;

/// Limit on the heap that large bodies, pages and lines take together, whether for requests,
/// imports, indexing or comparisons.
public interface MemoryBudget {
  /// Maximum length of a line that is held in memory, without its line feed.
  ///
  /// A longer line of another program's file is not imported; one in a rollout of the data-dir is
  /// read without its large members (`rollout.line.LargeLineReader`).
  int MAX_LINE_BYTES = HeapShare.longestLine(HeapShare.heap());

  /// A budget without a limit, for tests of single readers.
  MemoryBudget UNLIMITED = () -> MemoryReservation.UNLIMITED;

  /// Creates an empty reservation. When it grows, it waits a while for memory before it is refused.
  MemoryReservation reserve();
}
