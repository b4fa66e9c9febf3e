package dev.rollbook.model;

import java.util.UUID;

/// The threads that were deleted here for good. A row or a file of such a thread is a leftover of a
/// deletion that was cut short, and must not be shown.
public interface DeletedThreads {
  boolean contains(UUID thread);

  default boolean contains(ThreadId thread) {
    return contains(thread.value());
  }
}
