package dev.rollbook.api;

import dev.rollbook.statedb.GapRow;
import dev.rollbook.thread.GapView;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A gap in the form of the API.
///
/// @param reason of the skip; `unknown` where only the hole in the ordinals was left of it
/// @param pending whether the items are kept, and written as soon as that works again
record GapResource(
    UUID id,
    UUID threadId,
    @Nullable UUID turnId,
    long firstOrdinal,
    long lastOrdinal,
    String reason,
    boolean pending,
    Instant recordedAt) {

  static GapResource of(GapView gap) {
    GapRow row = gap.row();
    return new GapResource(
        row.id(),
        row.threadId(),
        row.turnId(),
        row.firstOrdinal(),
        row.nextOrdinal() - 1,
        row.reason(),
        gap.pending(),
        row.recordedAt());
  }
}
