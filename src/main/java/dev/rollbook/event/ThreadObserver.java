package dev.rollbook.event;

import dev.rollbook.model.ThreadId;

/// Is told that something happened to a thread, whoever follows it. Called under the thread's lock,
/// for every append: it takes note and returns.
public interface ThreadObserver {
  void touched(ThreadId thread);

  /// The history was replaced by another one.
  void reverted(ThreadId thread);
}
