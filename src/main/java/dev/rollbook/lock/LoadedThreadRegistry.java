package dev.rollbook.lock;

import dev.rollbook.lock.ThreadOwnership.Hold;
import dev.rollbook.model.ThreadId;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// Registry of the threads in memory, with at most one object per thread id. An object is created
/// while the lock of its id is held.
///
/// If several processes share the rollouts, a thread in memory is owned by this process, and so is
/// one that an action has locked ([ThreadOwnership]). A thread that another process has taken over
/// is not owned again before the last call of its object has ended: that call could write under the
/// new ownership, and take away what the new object has recorded.
///
/// @param <T> type of the objects
@Component
public class LoadedThreadRegistry<T extends LoadedThreadRegistry.LoadedThread> {
  private final ConcurrentMap<ThreadId, T> threads = new ConcurrentHashMap<>();
  private final ConcurrentMap<T, Hold> holds = new ConcurrentHashMap<>();

  /// Threads that were lost, until their last call has ended.
  private final ConcurrentMap<ThreadId, T> leaving = new ConcurrentHashMap<>();

  private final ThreadLocks locks = new ThreadLocks();
  private final ThreadOwnership ownership;

  LoadedThreadRegistry(ThreadOwnership ownership) {
    this.ownership = ownership;
    ownership.onLoss(this::lost);
  }

  /// A thread in memory.
  public interface LoadedThread {
    ThreadId id();

    /// Whether this object was unloaded.
    boolean isGone();

    /// Another process has taken over the thread: unloads it when no call uses it any more, without
    /// a change of its file or rows.
    ///
    /// @param unloaded run then
    void lost(Runnable unloaded);

    /// Waits until no call uses this object. Returns at once for a caller that does so itself.
    void awaitUnused();

    /// Runs an action with the thread lock held; empty if the thread was unloaded.
    <R, E extends Exception> Optional<R> ifLoaded(ThreadLocks.Action<R, E> action) throws E;
  }

  /// An action on a locked thread.
  public interface LockedAction<R, E extends Exception> {
    /// @param loaded whether the thread is in memory; if so, the action must not write its file
    R run(boolean loaded) throws E;
  }

  /// The thread if it is in memory.
  public Optional<T> find(ThreadId id) {
    return Optional.ofNullable(threads.get(id));
  }

  /// Whether the thread is in memory.
  public boolean isOpen(ThreadId id) {
    return threads.containsKey(id);
  }

  /// A weakly consistent view of all loaded threads.
  public Collection<T> all() {
    return threads.values();
  }

  /// Returns the thread, which is loaded if it is not in memory. If another process takes it over
  /// meanwhile, the object is unloaded already.
  ///
  /// @param require run before the thread is claimed from other processes; throws if there is no
  ///   such thread
  public T open(ThreadId id, Runnable require, Supplier<T> load) {
    return locks.holding(
        id,
        () ->
            find(id)
                .filter(thread -> !thread.isGone())
                .orElseGet(() -> put(id, acquire(id, require), load)));
  }

  /// Creates a thread. It cannot be opened before it is complete, nor by another process.
  ///
  /// @param require throws if the id is taken; then nothing is changed
  public void add(ThreadId id, Runnable require, Supplier<T> make) {
    locks.holding(
        id,
        () -> {
          var hold = acquire(id, () -> {});
          return put(
              id,
              hold,
              () -> {
                require.run();
                return make.get();
              });
        });
  }

  /// Runs an action with the lock of the id held, so that the thread cannot be opened during the
  /// action.
  public void holding(ThreadId id, Runnable action) {
    locks.holding(
        id,
        () ->
            owning(
                id,
                () -> {
                  action.run();
                  return id;
                }));
  }

  /// Runs an action with the lock of the id held, if the thread is not in memory.
  ///
  /// @return empty if it is; then nothing was done
  public <R, E extends Exception> Optional<R> ifNotLoaded(
      ThreadId id, ThreadLocks.Action<R, E> action) throws E {
    return locks.holding(
        id, () -> isUnloaded(id) ? Optional.of(owning(id, action)) : Optional.<R>empty());
  }

  private <R, E extends Exception> R owning(ThreadId id, ThreadLocks.Action<R, E> action) throws E {
    var hold = acquire(id, () -> {});
    try {
      return action.run();
    } finally {
      hold.release();
    }
  }

  /// Runs an action with the thread locked: it cannot be opened, started, moved or deleted
  /// meanwhile. Caller must not be in a transaction.
  public <R, E extends Exception> R withThreadLocked(ThreadId id, LockedAction<R, E> action)
      throws E {
    var result = Optional.<R>empty();
    while (result.isEmpty()) {
      result = ifNotLoaded(id, () -> action.run(false));
      var loaded = threads.get(id);
      if (result.isEmpty() && loaded != null) {
        result = loaded.ifLoaded(() -> action.run(true));
      }
    }
    return result.get();
  }

  /// Removes a thread, unless another object has taken its place.
  public void remove(T thread) {
    threads.remove(thread.id(), thread);
    release(thread);
  }

  private void lost(ThreadId id) {
    var thread = threads.get(id);
    if (thread != null) {
      leaving.put(id, thread);
      thread.lost(() -> leaving.remove(id, thread));
      remove(thread);
    }
  }

  private Hold acquire(ThreadId id, Runnable require) {
    var hold = ownership.acquire(id, require);
    var lost = leaving.get(id);
    if (lost != null) {
      lost.awaitUnused();
    }
    return hold;
  }

  private boolean isUnloaded(ThreadId id) {
    var present = threads.get(id);
    return present == null || present.isGone();
  }

  private T put(ThreadId id, Hold hold, Supplier<T> make) {
    T made;
    try {
      made = make.get();
    } catch (RuntimeException | Error e) {
      hold.release();
      throw e;
    }
    if (!hold.equals(Hold.NONE)) {
      holds.put(made, hold);
    }
    var before = threads.put(id, made);
    if (before != null) {
      release(before);
    }
    // While it was made, the listener did not find it.
    if (hold.isLost()) {
      lost(id);
    }
    return made;
  }

  private void release(T thread) {
    var hold = holds.remove(thread);
    if (hold != null) {
      hold.release();
    }
  }
}
