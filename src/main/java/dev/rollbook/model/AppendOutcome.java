package dev.rollbook.model;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What became of an append. Neither outcome ends the turn.
public sealed interface AppendOutcome {
  Ordinals ordinals();

  /// The items are in the rollout.
  record Persisted(Ordinals ordinals) implements AppendOutcome {}

  /// The items hold ordinals but are not in the rollout.
  ///
  /// @param gapId names what the history lacks now; null for a deleted thread, which has no history
  /// @param pending whether the items are kept in memory, to be written when that works again
  record Skipped(
      Ordinals ordinals, SkipReason reason, String message, @Nullable UUID gapId, boolean pending)
      implements AppendOutcome {}
}
