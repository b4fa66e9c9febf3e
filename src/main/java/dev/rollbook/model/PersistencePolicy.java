package dev.rollbook.model;

/// What happens to an append that cannot be persisted. Each thread chooses its policy.
public enum PersistencePolicy {
  /// The append succeeds, and its receipt reports it as skipped.
  BEST_EFFORT("bestEffort"),
  /// The whole append is refused.
  REQUIRED("required");

  private final String wireName;

  PersistencePolicy(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /// @throws IllegalArgumentException with the valid values
  public static PersistencePolicy parse(String text) {
    for (var policy : values()) {
      if (policy.wireName.equals(text)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("must be bestEffort or required");
  }
}
