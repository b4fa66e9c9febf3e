package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// The row of a turn in the state-db.
///
/// @param id id of the turn, unique only within its thread: the key of the table is `threadId` and
///   `id`
/// @param usageJson token usage in JSON, as it was sent
@Table("turn")
public record TurnRow(
    UUID threadId,
    @Id UUID id,
    String status,
    Instant startedAt,
    @Nullable Instant completedAt,
    long firstOrdinal,
    long lastOrdinal,
    long itemCount,
    long skippedItemCount,
    @Nullable String error,
    @Nullable String usageJson,
    @Nullable String metadata) {}
