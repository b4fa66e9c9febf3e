package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Transient;

/// The part of a thread's row that appends move.
///
/// @param notes that the row lacks: they get into it together with the ordinals before which they
///   are, so that a row always says what the notes before its `nextOrdinal` said
public record ThreadProgress(
    UUID id,
    Activity activity,
    Counters counters,
    TokenSums usage,
    long rolloutBytes,
    boolean ordered,
    @Nullable Long inheritedThrough,
    @Transient ThreadNotes notes) {

  /// Bytes from the start of the rollout whose lines all state their ordinals in ascending order.
  public long orderedBytes() {
    return ordered ? rolloutBytes : 0;
  }
}
