package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// A run of ordinals that history lacks, and why.
///
/// @param nextOrdinal the first one after the run
@Table("gap")
public record GapRow(
    @Id UUID id,
    UUID threadId,
    @Nullable UUID turnId,
    long firstOrdinal,
    long nextOrdinal,
    String reason,
    Instant recordedAt) {

  public GapRow until(long newNextOrdinal) {
    return new GapRow(id, threadId, turnId, firstOrdinal, newNextOrdinal, reason, recordedAt);
  }
}
