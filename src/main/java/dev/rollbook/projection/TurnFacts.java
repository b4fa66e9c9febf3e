package dev.rollbook.projection;

import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Everything that a rollout states about a turn: all columns of the turn's row.
///
/// @param lastOrdinal of its last item so far
/// @param itemCount items from the first to the last line of the turn, markers included
/// @param usage as stated by the end marker; without an end marker, as counted in the turn's items
///   so far
/// @param own whether Rollbook began the turn
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
