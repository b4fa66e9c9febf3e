package dev.rollbook.model;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Result of an append. Neither outcome ends the turn.
public sealed interface AppendOutcome {
  Ordinals ordinals();

  /// The items are in the rollout.
  record Persisted(Ordinals ordinals) implements AppendOutcome {}

  /// The items have ordinals but are not in the rollout.
  ///
  /// @param gapId the gap in the history; null for a deleted thread, which has no history
  /// @param pending whether the items are in memory, to be written as soon as storage accepts them
  record Skipped(
      Ordinals ordinals, SkipReason reason, String message, @Nullable UUID gapId, boolean pending)
      implements AppendOutcome {}
}
