package dev.rollbook.codex;

import org.jspecify.annotations.Nullable;

/// What is to be different in an export.
///
/// @param modelProvider that Codex shall go on with; null for the one that the rollout says
/// @param shift bytes by which the rollout that a fork begins in has become longer
record Changes(@Nullable String modelProvider, long shift) {
  static final Changes NONE = new Changes(null, 0);
}
