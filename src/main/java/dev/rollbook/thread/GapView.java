package dev.rollbook.thread;

import dev.rollbook.statedb.GapRow;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A gap as callers see it. It is serialized as it is.
///
/// @param reason of the skip; `unknown` where only the missing ordinals tell of the gap
/// @param pending whether the items are in memory, to be written as soon as storage accepts them
public record GapView(
    UUID id,
    UUID threadId,
    @Nullable UUID turnId,
    long firstOrdinal,
    long lastOrdinal,
    String reason,
    boolean pending,
    Instant recordedAt) {
  static GapView of(GapRow row, boolean pending) {
    return new GapView(
        row.id(),
        row.threadId(),
        row.turnId(),
        row.firstOrdinal(),
        row.nextOrdinal() - 1,
        row.reason(),
        pending,
        row.recordedAt());
  }

  GapView from(long first) {
    return new GapView(id, threadId, turnId, first, lastOrdinal, reason, pending, recordedAt);
  }
}
