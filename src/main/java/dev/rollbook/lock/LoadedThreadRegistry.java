package dev.rollbook.lock;

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
/// @param <T> type of the objects
@Component
public class LoadedThreadRegistry<T extends LoadedThreadRegistry.LoadedThread> {
  private final ConcurrentMap<ThreadId, T> threads = new ConcurrentHashMap<>();
  private final ThreadLocks locks = new ThreadLocks();

  /// A thread in memory.
  public interface LoadedThread {
    ThreadId id();

    /// Whether this object was unloaded.
    boolean isGone();

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

  /// Returns the thread, which is loaded if it is not in memory.
  public T open(ThreadId id, Supplier<T> load) {
    return locks.holding(
        id, () -> find(id).filter(thread -> !thread.isGone()).orElseGet(() -> put(id, load)));
  }

  /// Creates a thread. It cannot be opened before it is complete.
  ///
  /// @param make throws if the id is taken; then nothing is changed
  public void add(ThreadId id, Supplier<T> make) {
    locks.holding(id, () -> put(id, make));
  }

  /// Runs an action with the lock of the id held, so that the thread cannot be opened during the
  /// action.
  public void holding(ThreadId id, Runnable action) {
    locks.holding(
        id,
        () -> {
          action.run();
          return id;
        });
  }

  /// Runs an action with the lock of the id held, if the thread is not in memory.
  ///
  /// @return empty if it is; then nothing was done
  public <R, E extends Exception> Optional<R> ifNotLoaded(
      ThreadId id, ThreadLocks.Action<R, E> action) throws E {
    return locks.holding(
        id, () -> isUnloaded(id) ? Optional.of(action.run()) : Optional.<R>empty());
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
  }

  private boolean isUnloaded(ThreadId id) {
    var present = threads.get(id);
    return present == null || present.isGone();
  }

  private T put(ThreadId id, Supplier<T> make) {
    var made = make.get();
    threads.put(id, made);
    return made;
  }
}
