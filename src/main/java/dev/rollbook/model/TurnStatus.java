package dev.rollbook.model;

/// Status of a turn. All statuses but the first are final.
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
