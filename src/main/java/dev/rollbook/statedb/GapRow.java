package dev.rollbook.statedb;

import dev.rollbook.model.GapId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// The row of a gap: a run of ordinals that the rollout lacks, with the reason.
///
/// @param nextOrdinal the first ordinal after the run
/// @param reason reason of the skip, [#UNKNOWN] or [#STORAGE_LOST]
/// @param repairedAt time of the repair; null while the items are missing
@Table("gap")
public record GapRow(
    @Id UUID id,
    UUID threadId,
    @Nullable UUID turnId,
    long firstOrdinal,
    long nextOrdinal,
    String reason,
    Instant recordedAt,
    @Nullable Instant repairedAt) {
  /// The reason of a gap that a comparison found between the ordinals of a rollout.
  public static final String UNKNOWN = "unknown";

  /// The reason of a gap of items that were persisted, and that the database has lost.
  public static final String STORAGE_LOST = "storage_lost";

  /// A new gap, not repaired.
  public static GapRow open(
      UUID thread, @Nullable UUID turn, long first, long next, String reason, Instant at) {
    return new GapRow(GapId.next().value(), thread, turn, first, next, reason, at, null);
  }

  public GapRow until(long next) {
    return with(firstOrdinal, next, repairedAt);
  }

  public GapRow from(long first) {
    return with(first, nextOrdinal, repairedAt);
  }

  public GapRow repaired(Instant at) {
    return with(firstOrdinal, nextOrdinal, at);
  }

  public boolean isOpen() {
    return repairedAt == null;
  }

  private GapRow with(long first, long next, @Nullable Instant repaired) {
    return new GapRow(id, threadId, turnId, first, next, reason, recordedAt, repaired);
  }
}
