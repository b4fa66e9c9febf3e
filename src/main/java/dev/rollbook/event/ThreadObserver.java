package dev.rollbook.event;

import dev.rollbook.model.ThreadId;

/// Callback for every event of every thread, with or without subscribers. It runs with the thread
/// lock held, on every append, so it must return at once.
public interface ThreadObserver {
  void touched(ThreadId thread);

  /// The history was replaced.
  void reverted(ThreadId thread);
}
