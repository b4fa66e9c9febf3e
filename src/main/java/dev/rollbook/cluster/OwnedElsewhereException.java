package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;

/// Thrown, before anything is done for a call, if another replica has the thread in memory, or is
/// to load it, because this one stops.
public final class OwnedElsewhereException extends RuntimeException {
  private final transient ThreadId thread;
  private final transient Replica owner;

  public OwnedElsewhereException(ThreadId thread, Replica owner) {
    super("thread %s is in memory of another replica: %s".formatted(thread, owner.name()));
    this.thread = thread;
    this.owner = owner;
  }

  public ThreadId thread() {
    return thread;
  }

  /// The replica that can do the call.
  public Replica owner() {
    return owner;
  }
}
