package dev.rollbook.rollout;

/// The part of the heap that large bodies, pages and lines may take together, whoever holds them:
/// requests, imports, indexing and comparison.
public interface MemoryBudget {
  /// No bound; for tests of single readers.
  MemoryBudget UNLIMITED = () -> LineRoom.ANY;

  /// A share that holds nothing yet. It waits a while for memory before it is refused.
  LineRoom share();
}
