package dev.rollbook.model;

import java.util.UUID;

/// The threads that were permanently deleted. A row or a file of such a thread is left over from an
/// interrupted deletion, and must not be shown.
public interface DeletedThreads {
  boolean contains(UUID thread);

  default boolean contains(ThreadId thread) {
    return contains(thread.value());
  }
}
