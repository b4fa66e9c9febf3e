package dev.rollbook.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.thread.Described;
import dev.rollbook.thread.ThreadView;
import org.jspecify.annotations.Nullable;

/// The answer to a PATCH: the thread with one more member, the receipt of the change.
///
/// @param change null where the patch changed nothing
record DescribedThread(@JsonUnwrapped ThreadView thread, @Nullable ChangeReceipt change) {
  static DescribedThread of(Described described) {
    return new DescribedThread(described.thread(), ChangeReceipt.of(described.note()));
  }

  /// What became of the lines that tell of the change in the rollout.
  record ChangeReceipt(
      @Nullable Long firstOrdinal, @Nullable Long lastOrdinal, Object persistence) {
    static @Nullable ChangeReceipt of(@Nullable AppendOutcome note) {
      return note == null
          ? null
          : new ChangeReceipt(
              note.ordinals().first(), note.ordinals().last(), Receipt.persistence(note));
    }
  }
}
