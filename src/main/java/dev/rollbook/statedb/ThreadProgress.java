package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Transient;

/// A part of a thread's row: the columns that appends change.
///
/// @param notes name, metadata and pin, if the row lacks them; they are written together with
///   `nextOrdinal`, so that a row always has the notes of all lines below its `nextOrdinal`
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
