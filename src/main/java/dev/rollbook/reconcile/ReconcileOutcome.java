package dev.rollbook.reconcile;

import java.util.Locale;

/// Outcome of comparing one rollout or one row: what was found, and what was done about it.
enum ReconcileOutcome {
  UNCHANGED("unchanged"),
  /// The rollout had no row.
  ADDED("added"),
  /// The row was behind its rollout, or ahead of it.
  BROUGHT_UP("broughtUp"),
  /// The rollout was elsewhere than its row said; the row was changed.
  MOVED("moved"),
  /// The thread had two rollouts; one of them was moved away.
  SET_ASIDE("setAside"),
  /// The row has no rollout.
  ROLLOUT_MISSING("rolloutMissing"),
  /// The file is named like a rollout but is none, or another thread's.
  NOT_A_ROLLOUT("notRollouts"),
  /// An interrupted deletion had left a rollout or a row; it was deleted.
  DELETED("deleted"),
  /// The thread is open, so its change is left for a later comparison.
  OPEN("open"),
  FAILED("failed");

  private final String wireName;

  ReconcileOutcome(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  String meterName() {
    return wireName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
