package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The part of a thread's row that appends move.
public record ThreadProgress(
    UUID id,
    Instant updatedAt,
    @Nullable String preview,
    int turnCount,
    @Nullable UUID activeTurnId,
    long itemCount,
    long nextOrdinal,
    int openGaps,
    long rolloutBytes,
    boolean recorderRemoved,
    @Nullable String ownUsage,
    @Nullable String model) {}
