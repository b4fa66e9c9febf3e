package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Transient;

/// The part of a thread's row that appends move.
///
/// @param notes that the row lacks: they get into it together with the ordinals before which they
///   are, so that a row always says what the notes before its `nextOrdinal` said
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
    @Nullable String inheritedUsage,
    @Nullable Long inheritedThrough,
    @Nullable String model,
    @Transient ThreadNotes notes,
    boolean ordered) {

  /// Bytes from the start of the rollout whose lines all state their ordinals in ascending order.
  public long orderedBytes() {
    return ordered ? rolloutBytes : 0;
  }
}
