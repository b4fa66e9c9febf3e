package dev.rollbook.worker;

import org.springframework.context.SmartLifecycle;

/// The phases of a shutdown, in the order of execution. The web server stops between [#UPLOADS] and
/// [#INDEX].
public enum ShutdownPhase {
  /// Background work ends.
  BACKGROUND(SmartLifecycle.DEFAULT_PHASE),

  /// Threads are handed over to other replicas, and running requests end. If there is no other
  /// replica, later appends are skipped.
  REQUESTS(SmartLifecycle.DEFAULT_PHASE - 1),

  /// Bodies that still arrive end early, before Tomcat waits for their requests.
  UPLOADS(SmartLifecycle.DEFAULT_PHASE - 512),

  /// The search index is committed and closed.
  INDEX(1),

  /// The last rows are written, before the state-db is closed.
  ROWS(0);

  private final int phase;

  ShutdownPhase(int phase) {
    this.phase = phase;
  }

  /// As [SmartLifecycle#getPhase] returns it.
  public int phase() {
    return phase;
  }
}
