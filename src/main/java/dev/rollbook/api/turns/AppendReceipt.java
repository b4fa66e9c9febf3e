package dev.rollbook.api.turns;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Response to an append: the items were persisted, or they were skipped for a reason. The turn
/// continues in both cases.
///
/// @param unreadable for an upload with the query parameter `wrap`: how many lines are not JSON
///   objects and were stored as text; omitted if there are none
public record AppendReceipt(
    UUID threadId,
    @Nullable UUID turnId,
    @Nullable String turnStatus,
    long accepted,
    long duplicates,
    @Nullable Long firstOrdinal,
    @Nullable Long lastOrdinal,
    Object persistence,
    @JsonInclude(Include.NON_NULL) @Nullable UnreadableLines unreadable) {

  public static AppendReceipt of(ThreadId thread, @Nullable TurnId turn, AppendOutcome outcome) {
    var ordinals = outcome.ordinals();
    return new AppendReceipt(
        thread.value(),
        turn == null ? null : turn.value(),
        turn == null ? null : TurnStatus.IN_PROGRESS.wireName(),
        ordinals.accepted(),
        ordinals.duplicates(),
        ordinals.first(),
        ordinals.last(),
        persistence(outcome),
        null);
  }

  public static Object persistence(AppendOutcome outcome) {
    return switch (outcome) {
      case Persisted persisted -> new PersistedReport("persisted");
      case Skipped skipped -> SkippedReport.of(skipped, null);
    };
  }

  public record UnreadableLines(long lines, UnreadableLineReport first) {}

  /// @param line its number in the upload, from 1
  public record UnreadableLineReport(long line, String detail) {}

  public record PersistedReport(String status) {}

  /// @param pending whether the items are in memory, to be written as soon as storage accepts them
  /// @param skippedItems only for uploads, because other items of the same upload may be persisted
  public record SkippedReport(
      String status,
      String reason,
      String message,
      @Nullable UUID gapId,
      boolean pending,
      @JsonInclude(Include.NON_NULL) @Nullable Long skippedItems) {

    public static SkippedReport of(Skipped skipped, @Nullable Long skippedItems) {
      return new SkippedReport(
          "skipped",
          skipped.reason().wireName(),
          skipped.message(),
          skipped.gapId(),
          skipped.pending(),
          skippedItems);
    }
  }
}
