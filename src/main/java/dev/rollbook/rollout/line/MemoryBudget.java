package dev.rollbook.rollout.line;

import dev.rollbook.memory.HeapShare;

/// Bounds the heap that large bodies, pages and lines take together, whoever holds them: requests,
/// imports, indexing and comparison.
public interface MemoryBudget {
  /// Length of the longest line that is held in memory, without its line feed.
  ///
  /// A longer line of a foreign rollout is not imported; one in a rollout of the data-dir is read
  /// without its large members ([LargeLine]).
  int MAX_LINE_BYTES = HeapShare.longestLine(HeapShare.heap());

  /// Without a bound, for tests of single readers.
  MemoryBudget UNLIMITED = () -> MemoryReservation.UNLIMITED;

  /// A reservation that holds nothing yet. It waits a while for memory before it is refused.
  MemoryReservation reserve();
}
