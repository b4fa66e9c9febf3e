package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// A turn in the state-db.
///
/// @param id unique within its thread
/// @param usageJson JSON, as it was sent
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
