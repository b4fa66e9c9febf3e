package dev.rollbook.live;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The lock of a live thread, and whether the object that it guards still is the thread.
final class Residence {
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean unloaded;

  /// What is done with nothing else beside it.
  interface Action<T, E extends Exception> {
    T run() throws E;
  }

  /// @throws Unloaded if the object is no longer the thread
  <T, E extends Exception> T run(Action<T, E> action) throws E {
    lock.lock();
    try {
      if (unloaded) {
        throw new Unloaded();
      }
      return action.run();
    } finally {
      lock.unlock();
    }
  }

  /// The same if nobody else is at it right now, also not the caller; else empty.
  <T, E extends Exception> Optional<T> runIfFree(Action<T, E> action) throws E {
    if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return Optional.empty();
    }
    try {
      return unloaded ? Optional.empty() : Optional.of(action.run());
    } finally {
      lock.unlock();
    }
  }

  /// Empty if the object is no longer the thread, or where the view is null.
  <T> Optional<T> view(Supplier<@Nullable T> view) {
    lock.lock();
    try {
      return unloaded ? Optional.empty() : Optional.ofNullable(view.get());
    } finally {
      lock.unlock();
    }
  }

  /// Takes note of something, loaded or not.
  void note(Runnable note) {
    lock.lock();
    try {
      note.run();
    } finally {
      lock.unlock();
    }
  }

  /// From now on the object is no longer the thread; called within an action.
  void leave() {
    unloaded = true;
  }

  boolean isLeft() {
    return unloaded;
  }

  /// The thread was unloaded after it had been looked up; [LiveThreads] looks it up again.
  static final class Unloaded extends RuntimeException {
    Unloaded() {
      super("unloaded", null, false, false);
    }
  }
}
