package dev.rollbook.model;

/// What a thread's owner wants where history cannot be written.
public enum PersistencePolicy {
  /// The append succeeds and its receipt says that it was skipped.
  BEST_EFFORT("bestEffort"),
  /// The append is refused as a whole.
  REQUIRED("required");

  private final String wireName;

  PersistencePolicy(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /// @throws IllegalArgumentException naming the values that there are
  public static PersistencePolicy parse(String text) {
    for (var policy : values()) {
      if (policy.wireName.equals(text)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("must be bestEffort or required");
  }
}
