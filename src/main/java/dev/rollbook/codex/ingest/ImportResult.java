package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourcePosition;
import org.jspecify.annotations.Nullable;

/// Result of importing one rollout.
///
/// @param items number of items that are new in the thread
/// @param quarantined number of lines that could not be read, as a whole or in part
/// @param end position up to which the source was read
/// @param nextOrdinal next ordinal of the thread after this import; a greater one at the next
///   import shows that the thread was continued in Rollbook
/// @param remark note about the import for people; null for none
public record ImportResult(
    Outcome outcome,
    long items,
    long quarantined,
    SourcePosition end,
    long nextOrdinal,
    @Nullable String remark) {
  ImportResult with(@Nullable String newRemark) {
    return new ImportResult(outcome, items, quarantined, end, nextOrdinal, newRemark);
  }

  /// What the import did to the thread.
  public enum Outcome {
    CREATED,
    EXTENDED,
    UNCHANGED
  }
}
