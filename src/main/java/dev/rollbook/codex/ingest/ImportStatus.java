package dev.rollbook.codex.ingest;

import java.util.Arrays;

/// State of an import.
public enum ImportStatus {
  QUEUED("queued"),
  RUNNING("running"),
  DONE("done"),
  CANCELLED("cancelled"),
  FAILED("failed");

  private final String wireName;

  ImportStatus(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  boolean isOver() {
    return switch (this) {
      case QUEUED, RUNNING -> false;
      case DONE, CANCELLED, FAILED -> true;
    };
  }

  static ImportStatus parse(String wireName) {
    return Arrays.stream(values())
        .filter(status -> status.wireName.equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no status of an import: " + wireName));
  }
}
