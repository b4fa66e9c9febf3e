package dev.rollbook.live;

import dev.rollbook.lock.ThreadLocks.Action;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Lock of a loaded thread. It also records whether the object that it guards has been unloaded.
///
/// Readers never block on I/O: during a write they get the snapshot that was taken before the
/// write.
///
/// @param <S> type of the snapshot of the guarded object
final class LiveThreadLock<S> {
  /// Fair, because groups of appends follow each other without a pause and would starve all other
  /// callers.
  private final ReentrantLock lock = new ReentrantLock(true);

  private final Queue<Runnable> deferred = new ConcurrentLinkedQueue<>();
  private final Supplier<S> take;
  private volatile @Nullable S published;
  private volatile boolean unloaded;

  /// @param take takes an immutable snapshot; called with the lock held
  LiveThreadLock(Supplier<S> take) {
    this.take = take;
  }

  /// @throws StaleThreadException if the object is no longer the thread
  <T, E extends Exception> T run(Action<T, E> action) throws E {
    return ifLoaded(action).orElseThrow(StaleThreadException::new);
  }

  /// Runs an action; empty if the object is no longer the thread, which the action may find out.
  <T, E extends Exception> Optional<T> ifLoaded(Action<T, E> action) throws E {
    lock.lock();
    return runLocked(action);
  }

  /// Runs an action if the lock is free; empty if any caller, also the current one, holds it, or if
  /// the object is no longer the thread.
  <T, E extends Exception> Optional<T> tryRun(Action<T, E> action) throws E {
    if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return Optional.empty();
    }
    return runLocked(action);
  }

  private <T, E extends Exception> Optional<T> runLocked(Action<T, E> action) throws E {
    try {
      return unloaded ? Optional.empty() : Optional.of(action.run());
    } catch (StaleThreadException e) {
      return Optional.empty();
    } finally {
      unlock();
    }
  }

  /// Runs I/O that changes nothing in the snapshot. Readers get the snapshot during the I/O. Caller
  /// must hold the lock.
  <T> T publishSnapshotWhile(Supplier<T> io) {
    published = take.get();
    try {
      return io.get();
    } finally {
      published = null;
    }
  }

  /// Empty if the object is no longer the thread.
  Optional<S> snapshot() {
    var duringWrite = published;
    if (duringWrite != null && !lock.isHeldByCurrentThread()) {
      return Optional.of(duringWrite);
    }
    return ifLoaded(take::get);
  }

  /// Runs an update, loaded or not: at once if the lock is free, else when its holder releases it.
  void defer(Runnable update) {
    deferred.add(update);
    runDeferred();
  }

  /// Like [#defer], but never before the current caller has released the lock.
  void deferUntilReleased(Runnable update) {
    deferred.add(update);
    if (!lock.isHeldByCurrentThread()) {
      runDeferred();
    }
  }

  /// Waits until no caller holds the lock, and all updates of before are done. Returns at once for
  /// the caller that holds it.
  void awaitUnused() {
    if (!lock.isHeldByCurrentThread()) {
      lock.lock();
      unlock();
    }
  }

  private void runDeferred() {
    if (!deferred.isEmpty() && lock.tryLock()) {
      unlock();
    }
  }

  private void unlock() {
    try {
      for (var update = deferred.poll(); update != null; update = deferred.poll()) {
        update.run();
      }
    } finally {
      lock.unlock();
    }
    runDeferred();
  }

  /// Marks the object as unloaded: it is no longer the thread. Caller must hold the lock.
  void unload() {
    unloaded = true;
  }

  boolean isUnloaded() {
    return unloaded;
  }

  /// The thread was unloaded after it had been looked up; [LiveThreads] looks it up again.
  static final class StaleThreadException extends RuntimeException {
    StaleThreadException() {
      super("unloaded", null, false, false);
    }
  }
}
