package dev.rollbook.lock;

import dev.rollbook.model.ThreadId;
import java.util.function.Consumer;

/// Which threads this process may load or change, if several processes share the rollouts.
///
/// A thread is owned as long as it has a hold: one while it is in memory, and one for each action
/// that needs it locked.
public interface ThreadOwnership {
  /// The only process: all threads are its own.
  ThreadOwnership SOLE =
      new ThreadOwnership() {
        @Override
        public Hold acquire(ThreadId id, Runnable require) {
          return Hold.NONE;
        }

        @Override
        public void onLoss(Consumer<ThreadId> listener) {}
      };

  /// Acquires a thread. It may not be changed by another process until the hold is released, or
  /// until the loss of the thread is reported.
  ///
  /// @param require run before the thread is claimed from other processes; throws if it should not
  ///   be
  /// @throws RuntimeException if another process owns the thread
  Hold acquire(ThreadId id, Runnable require);

  /// Sets an action that is run whenever another process has taken over a thread.
  void onLoss(Consumer<ThreadId> listener);

  /// Keeps a thread owned until it is released.
  interface Hold {
    Hold NONE = () -> {};

    void release();

    /// Whether another process has taken over the thread since.
    default boolean isLost() {
      return false;
    }
  }
}
