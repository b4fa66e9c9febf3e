package dev.rollbook.codex;

import dev.rollbook.model.ThreadId;
import java.util.Optional;

/// Where a fork that Codex made leaves its parent.
///
/// @param endByteOffset how much of the parent's file is the fork's too
record HistoryBase(ThreadId parent, long endByteOffset) {
  static Optional<HistoryBase> of(Members meta) {
    return meta.object(FirstLines.HISTORY_BASE).flatMap(HistoryBase::read);
  }

  private static Optional<HistoryBase> read(Members base) {
    var parent = base.text("thread_id");
    var offset = base.number(FirstLines.OFFSET);
    try {
      return parent == null || offset == null
          ? Optional.empty()
          : Optional.of(new HistoryBase(ThreadId.parse(parent), offset));
    } catch (IllegalArgumentException notAnId) {
      return Optional.empty();
    }
  }
}
