package dev.rollbook.lock;

import dev.rollbook.model.ThreadId;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// The threads that are in memory: at most one object for each id, which is made under the lock of
/// the id.
///
/// @param <T> what is held in memory of a thread
@Component
public class OpenThreads<T extends OpenThreads.Open> {
  private final ConcurrentMap<ThreadId, T> threads = new ConcurrentHashMap<>();
  private final ThreadLocks locks = new ThreadLocks();

  /// A thread in memory.
  public interface Open {
    ThreadId id();

    /// Whether this object is no longer the thread.
    boolean isGone();

    /// Runs an action with nothing else beside it; empty if the thread was unloaded.
    <R> Optional<R> ifLoaded(Supplier<R> action);
  }

  /// The thread if it is in memory.
  public Optional<T> find(ThreadId id) {
    return Optional.ofNullable(threads.get(id));
  }

  /// Whether the thread is in memory.
  public boolean isOpen(ThreadId id) {
    return threads.containsKey(id);
  }

  /// All of them, as they come and go while they are looked through.
  public Collection<T> all() {
    return threads.values();
  }

  /// The thread, which is loaded if it is not in memory.
  public T open(ThreadId id, Supplier<T> load) {
    return locks.holding(
        id, () -> find(id).filter(thread -> !thread.isGone()).orElseGet(() -> put(id, load)));
  }

  /// Makes a thread that nobody opens before it is whole.
  ///
  /// @param make throws if the id is taken; then nothing is changed
  public void add(ThreadId id, Supplier<T> make) {
    locks.holding(id, () -> put(id, make));
  }

  /// Runs an action under the lock of the id: nobody can open the thread meanwhile.
  public void holding(ThreadId id, Runnable action) {
    locks.holding(
        id,
        () -> {
          action.run();
          return id;
        });
  }

  /// Runs an action under the lock of the id, if the thread is not in memory.
  ///
  /// @return false if it is; then nothing was done
  public boolean whileUnloaded(ThreadId id, Runnable action) {
    return locks.holding(
        id,
        () -> {
          boolean unloaded = isUnloaded(id);
          if (unloaded) {
            action.run();
          }
          return unloaded;
        });
  }

  /// Runs an action while nobody opens, starts, moves or deletes the thread. Not to be called
  /// within a transaction.
  ///
  /// @param action is told whether the thread is open; then its file is somebody else's to write
  public <R> R whileStill(ThreadId id, Function<Boolean, R> action) {
    var result = Optional.<R>empty();
    while (result.isEmpty()) {
      result =
          locks.holding(
              id, () -> isUnloaded(id) ? Optional.of(action.apply(false)) : Optional.<R>empty());
      if (result.isEmpty()) {
        result = find(id).flatMap(thread -> thread.ifLoaded(() -> action.apply(true)));
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
