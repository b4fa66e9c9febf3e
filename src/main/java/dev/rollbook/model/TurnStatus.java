package dev.rollbook.model;

/// Status of a turn. Every status except `IN_PROGRESS` is final.
public enum TurnStatus implements WireName {
  IN_PROGRESS,
  COMPLETED,
  FAILED,
  INTERRUPTED;

  /// @throws IllegalArgumentException if there is no such status
  public static TurnStatus parse(String wireName) {
    return WireName.parse(TurnStatus.class, wireName);
  }
}
