package dev.rollbook.turn;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A turn as the API returns it. Its components are the members of the JSON.
///
/// @param error any JSON value, as it was sent
/// @param usage any JSON value, as it was sent
/// @param metadata a JSON object
/// @param firstOrdinal ordinal of the first line of the turn; lists are ordered by it
public record TurnView(
    UUID id,
    UUID threadId,
    String status,
    Instant startedAt,
    @Nullable Instant completedAt,
    long itemCount,
    long skippedItemCount,
    @JsonRawValue @Nullable String error,
    @JsonRawValue @Nullable String usage,
    @JsonRawValue String metadata,
    long firstOrdinal) {
  static TurnView of(TurnRow row) {
    return new TurnView(
        row.id(),
        row.threadId(),
        row.status(),
        row.startedAt(),
        row.completedAt(),
        row.itemCount(),
        row.skippedItemCount(),
        row.error(),
        row.usageJson(),
        row.metadata() == null ? "{}" : row.metadata(),
        row.firstOrdinal());
  }
}
