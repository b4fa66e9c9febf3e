package dev.rollbook.live;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The lock of a live thread, and whether the object that it guards still is the thread.
///
/// Who only looks does not wait for the disk: while an append is written, what there is to see is
/// what was there before it.
///
/// @param <V> what there is to see
final class Residence<V> {
  /// Groups of appends follow each other without a pause: nobody else is to wait for many of them.
  private final ReentrantLock lock = new ReentrantLock(true);

  private final Queue<Runnable> notes = new ConcurrentLinkedQueue<>();
  private final Supplier<V> look;
  private volatile @Nullable V seenMeanwhile;
  private volatile boolean unloaded;

  /// @param look makes a view that stays as it is; called by who holds the lock
  Residence(Supplier<V> look) {
    this.look = look;
  }

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
      leave();
    }
  }

  /// Runs an action if nobody else is at the thread right now, also not the caller; else, or if the
  /// object is no longer the thread, empty.
  <T, E extends Exception> Optional<T> runIfFree(Action<T, E> action) throws E {
    if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return Optional.empty();
    }
    try {
      return unloaded ? Optional.empty() : Optional.of(action.run());
    } finally {
      leave();
    }
  }

  /// Runs a part of an action that waits for the disk and changes nothing of what there is to see.
  <T> T meanwhileSeen(Supplier<T> wait) {
    seenMeanwhile = look.get();
    try {
      return wait.get();
    } finally {
      seenMeanwhile = null;
    }
  }

  /// What there is to see; empty if the object is no longer the thread.
  Optional<V> view() {
    var seen = seenMeanwhile;
    if (seen != null && !lock.isHeldByCurrentThread()) {
      return Optional.of(seen);
    }
    lock.lock();
    try {
      return unloaded ? Optional.empty() : Optional.of(look.get());
    } finally {
      leave();
    }
  }

  /// Takes note of something, loaded or not: at once, or as soon as who holds the lock gives it
  /// back.
  void note(Runnable note) {
    notes.add(note);
    takeNotes();
  }

  private void takeNotes() {
    if (!notes.isEmpty() && lock.tryLock()) {
      leave();
    }
  }

  private void leave() {
    try {
      for (var note = notes.poll(); note != null; note = notes.poll()) {
        note.run();
      }
    } finally {
      lock.unlock();
    }
    takeNotes();
  }

  /// From now on the object is no longer the thread; called within an action.
  void unload() {
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
