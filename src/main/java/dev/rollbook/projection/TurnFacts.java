package dev.rollbook.projection;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A turn as its rollout tells it.
///
/// @param lastOrdinal of its last item so far
/// @param itemCount items between the first and the last line of its frame, both included
/// @param usage what the frame of its end says; where it says nothing, what Codex counted so far
/// @param own whether Rollbook began it
public record TurnFacts(
    TurnId id,
    TurnStatus status,
    Instant startedAt,
    @Nullable Instant completedAt,
    long firstOrdinal,
    long lastOrdinal,
    long itemCount,
    @Nullable RawJson error,
    @Nullable RawJson usage,
    @Nullable RawJson metadata,
    boolean own) {

  TurnFacts withUsage(@Nullable RawJson newUsage) {
    return with(status, completedAt, lastOrdinal, itemCount, error, newUsage);
  }

  TurnFacts with(
      TurnStatus newStatus,
      @Nullable Instant newCompletedAt,
      long newLastOrdinal,
      long newItemCount,
      @Nullable RawJson newError,
      @Nullable RawJson newUsage) {
    return new TurnFacts(
        id,
        newStatus,
        startedAt,
        newCompletedAt,
        firstOrdinal,
        newLastOrdinal,
        newItemCount,
        newError,
        newUsage,
        metadata,
        own);
  }
}
