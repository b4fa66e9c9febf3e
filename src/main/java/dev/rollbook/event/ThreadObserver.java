package dev.rollbook.event;

import dev.rollbook.model.ThreadId;

/// Callback for every event of every thread, even of a thread without subscribers. The callback
/// runs during every append, with the thread lock held, so it must return at once.
public interface ThreadObserver {
  void touched(ThreadId thread);

  /// The history was replaced.
  void reverted(ThreadId thread);
}
