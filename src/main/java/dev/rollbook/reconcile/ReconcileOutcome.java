package dev.rollbook.reconcile;

import dev.rollbook.model.WireName;

/// Outcome of comparing one rollout or one row: the difference that was found, and the action that
/// was taken.
enum ReconcileOutcome implements WireName {
  UNCHANGED,
  /// The rollout had no row.
  ADDED,
  /// The row was behind its rollout, or ahead of it.
  BROUGHT_UP,
  /// The rollout was elsewhere than its row said; the row was changed.
  MOVED,
  /// The thread had two rollouts; one of them was moved away.
  SET_ASIDE,
  /// The row has no rollout.
  ROLLOUT_MISSING,
  /// The file is named like a rollout but is none, or another thread's.
  NOT_ROLLOUTS,
  /// An interrupted deletion had left a rollout or a row; it was deleted.
  DELETED,
  /// The thread is open, so its change is left for a later comparison.
  OPEN,
  FAILED
}
