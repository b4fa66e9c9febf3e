package dev.rollbook.model;

import java.io.IOException;
import java.util.UUID;
import java.util.function.Consumer;

/// The threads that were permanently deleted. If such a thread still has a row or a file, its
/// deletion was interrupted, and the row or file must not be shown.
public interface DeletedThreads {
  boolean contains(UUID thread);

  default boolean contains(ThreadId thread) {
    return contains(thread.value());
  }

  /// Takes in what other processes have deleted since, if any share the rollouts.
  default void refresh() throws IOException {}

  /// Sets an action that is run for each thread that is deleted from now on, by this process or by
  /// another one once that is known.
  default void onDeletion(Consumer<UUID> action) {}
}
