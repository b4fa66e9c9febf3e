package dev.rollbook.thread;

import dev.rollbook.model.SkipReason;
import dev.rollbook.statedb.GapRow;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A gap as the API returns it. Its components are the members of the JSON.
///
/// @param reason reason of the skip; `unknown` if the gap was found by its missing ordinals
/// @param pending whether the items are in memory, and are written as soon as the disk accepts them
public record GapView(
    UUID id,
    UUID threadId,
    @Nullable UUID turnId,
    long firstOrdinal,
    long lastOrdinal,
    String reason,
    boolean pending,
    Instant recordedAt) {
  /// All values of `reason`.
  public static final List<String> REASONS =
      Stream.concat(
              Arrays.stream(SkipReason.values()).map(SkipReason::wireName),
              Stream.of(GapRow.UNKNOWN, GapRow.STORAGE_LOST))
          .toList();

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
