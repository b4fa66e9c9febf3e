package dev.rollbook.api;

import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A turn in the form of the API.
record TurnResource(
    UUID id,
    UUID threadId,
    String status,
    Instant startedAt,
    @Nullable Instant completedAt,
    long itemCount,
    long skippedItemCount,
    @Nullable RawText error,
    @Nullable RawText usage,
    RawText metadata) {

  static TurnResource of(TurnRow row) {
    return new TurnResource(
        row.id(),
        row.threadId(),
        row.status(),
        row.startedAt(),
        row.completedAt(),
        row.itemCount(),
        row.skippedItemCount(),
        RawText.ofNullable(row.error()),
        RawText.ofNullable(row.usageJson()),
        row.metadata() == null ? RawText.EMPTY_OBJECT : new RawText(row.metadata()));
  }
}
