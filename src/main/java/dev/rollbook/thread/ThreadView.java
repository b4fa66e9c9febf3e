package dev.rollbook.thread;

import dev.rollbook.statedb.ThreadRow;

/// A thread as it is now: its row, brought up to what is in memory.
///
/// @param stored the row as the state-db has it, which lists are ordered by
public record ThreadView(ThreadRow row, Status status, ThreadRow stored) {
  /// Whether somebody works with the thread.
  public enum Status {
    ACTIVE("active"),
    IDLE("idle"),
    NOT_LOADED("notLoaded");

    private final String wireName;

    Status(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }
}
