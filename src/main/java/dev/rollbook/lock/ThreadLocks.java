package dev.rollbook.lock;

import dev.rollbook.model.ThreadId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reentrant locks, one for each thread id. A lock exists only while a caller holds it or waits for
/// it.
///
/// A holder may run a long action, because other ids are not blocked.
public final class ThreadLocks {
  private final ConcurrentMap<ThreadId, CountedLock> locks = new ConcurrentHashMap<>();

  /// Runs with the lock held.
  public interface Action<T extends @Nullable Object, E extends Exception> {
    T run() throws E;
  }

  /// Runs an action with the lock of a thread id held.
  public <T extends @Nullable Object, E extends Exception> T holding(
      ThreadId thread, Action<T, E> action) throws E {
    var lock = locks.compute(thread, (id, present) -> joined(present));
    lock.lock();
    try {
      return action.run();
    } finally {
      lock.unlock();
      locks.computeIfPresent(thread, (id, present) -> --present.users == 0 ? null : present);
    }
  }

  private static CountedLock joined(@Nullable CountedLock present) {
    var lock = present == null ? new CountedLock() : present;
    lock.users++;
    return lock;
  }

  /// Number of locks that are held or waited for.
  int count() {
    return locks.size();
  }

  private static final class CountedLock extends ReentrantLock {
    /// Changed inside of `compute` of the map only.
    private int users;
  }
}
