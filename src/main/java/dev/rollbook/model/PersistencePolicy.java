package dev.rollbook.model;

/// What happens to an append that cannot be persisted. A client chooses the policy of a thread when
/// it starts the thread.
public enum PersistencePolicy implements WireName {
  /// The append succeeds, and its receipt reports it as skipped.
  BEST_EFFORT,
  /// The whole append is refused.
  REQUIRED;

  /// @throws IllegalArgumentException with the valid values
  public static PersistencePolicy parse(String text) {
    return WireName.parse(PersistencePolicy.class, text);
  }
}
