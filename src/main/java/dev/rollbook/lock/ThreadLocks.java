package dev.rollbook.lock;

import dev.rollbook.model.ThreadId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A reentrant lock for each thread id, there as long as somebody holds it or waits for it.
///
/// What is done under a lock may take long: it blocks no other id.
public final class ThreadLocks {
  private final ConcurrentMap<ThreadId, CountedLock> locks = new ConcurrentHashMap<>();

  /// What is done with nothing else beside it.
  public interface Action<T extends @Nullable Object, E extends Exception> {
    T run() throws E;
  }

  /// Runs an action under the lock of a thread.
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

  /// Locks that somebody holds or waits for.
  int count() {
    return locks.size();
  }

  private static final class CountedLock extends ReentrantLock {
    /// Changed within the map's own lock of the id only.
    private int users;
  }
}
