package dev.rollbook.model;

/// Where a turn stands. Only the first is not final.
public enum TurnStatus {
  IN_PROGRESS("inProgress"),
  COMPLETED("completed"),
  FAILED("failed"),
  INTERRUPTED("interrupted");

  private final String wireName;

  TurnStatus(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
