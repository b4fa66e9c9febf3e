package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A turn as its rollout tells it.
///
/// @param lastOrdinal of its last item so far
/// @param itemCount items between the first and the last line of its frame, both included
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

  TurnFacts withItem(long ordinal) {
    return new TurnFacts(
        id,
        status,
        startedAt,
        completedAt,
        firstOrdinal,
        ordinal,
        itemCount + 1,
        error,
        usage,
        metadata,
        own);
  }

  TurnFacts ended(
      TurnStatus newStatus, Instant at, @Nullable RawJson newError, @Nullable RawJson newUsage) {
    return new TurnFacts(
        id,
        newStatus,
        startedAt,
        at,
        firstOrdinal,
        lastOrdinal,
        itemCount,
        newError,
        newUsage,
        metadata,
        own);
  }
}
