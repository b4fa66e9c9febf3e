package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;

/// Status of a turn. All statuses but the first are final.
public enum TurnStatus {
  IN_PROGRESS("inProgress"),
  COMPLETED("completed"),
  FAILED("failed"),
  INTERRUPTED("interrupted");

  private final String wireName;

  TurnStatus(String wireName) {
    this.wireName = wireName;
  }

  /// @throws IllegalArgumentException if there is no such status
  public static TurnStatus parse(String wireName) {
    for (var status : values()) {
      if (status.wireName.equals(wireName)) {
        return status;
      }
    }
    throw new IllegalArgumentException("unknown status of a turn: " + wireName);
  }

  @JsonValue
  public String wireName() {
    return wireName;
  }
}
