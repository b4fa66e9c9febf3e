package dev.rollbook.projection;

import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Everything that a rollout states about a turn: all columns of the turn's row.
///
/// @param lastOrdinal ordinal of the turn's last line so far
/// @param itemCount number of the turn's lines in the rollout so far, markers included
/// @param usage usage that the end marker states; without an end marker, usage counted from the
///   turn's items so far
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
