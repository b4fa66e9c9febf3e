package dev.rollbook.live;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TokenUsage;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A turn of a live thread, with the counts of its items. Caller must hold the thread lock.
final class LiveTurn {
  private final TurnRow start;
  private long lastOrdinal;
  private long itemCount;
  private long skippedItemCount;
  private TokenUsage streamed = TokenUsage.NONE;
  private TurnStatus status = TurnStatus.IN_PROGRESS;
  private @Nullable Instant completedAt;
  private @Nullable TurnResult end;

  /// @param start the row of a turn in progress
  LiveTurn(TurnRow start) {
    this.start = start;
    this.lastOrdinal = start.lastOrdinal();
    this.itemCount = start.itemCount();
    this.skippedItemCount = start.skippedItemCount();
  }

  /// Restores an ended turn from its row.
  static LiveTurn thatEnded(TurnRow row) {
    var turn = new LiveTurn(row);
    var end =
        new TurnResult(
            TurnStatus.parse(row.status()),
            RawJson.ofNullable(row.error()),
            RawJson.ofNullable(row.usageJson()),
            null);
    turn.ended(end, row.completedAt());
    return turn;
  }

  static TurnRow begin(
      ThreadId thread, TurnId turn, Instant at, long firstOrdinal, @Nullable RawJson metadata) {
    return new TurnRow(
        thread.value(),
        turn.value(),
        TurnStatus.IN_PROGRESS.wireName(),
        at,
        null,
        firstOrdinal,
        firstOrdinal,
        0,
        0,
        null,
        null,
        RawJson.text(metadata));
  }

  boolean is(TurnId id) {
    return start.id().equals(id.value());
  }

  TurnId id() {
    return new TurnId(start.id());
  }

  Instant startedAt() {
    return start.startedAt();
  }

  TurnStatus status() {
    return status;
  }

  /// Adds usage that was reported in the output of an agent.
  void streams(TokenUsage used) {
    streamed = streamed.plus(used);
  }

  /// Usage that was reported in the output of an agent since the thread was loaded.
  TokenUsage streamed() {
    return streamed;
  }

  /// The end with the streamed usage, if it has none of its own.
  TurnResult withStreamedUsage(TurnResult given) {
    return given.usage() != null || streamed == TokenUsage.NONE
        ? given
        : new TurnResult(
            given.status(), given.error(), RawJson.ofNullable(usage()), given.lastAgentMessage());
  }

  void persisted(long ordinal, int items) {
    lastOrdinal = ordinal;
    itemCount += items;
  }

  void skipped(long ordinal, int items) {
    lastOrdinal = ordinal;
    skippedItemCount += items;
  }

  void repaired(int items) {
    itemCount += items;
    skippedItemCount = Math.max(0, skippedItemCount - items);
  }

  void ended(TurnResult newEnd, @Nullable Instant at) {
    end = newEnd;
    status = newEnd.status();
    completedAt = at;
  }

  TurnRow row() {
    return new TurnRow(
        start.threadId(),
        start.id(),
        status.wireName(),
        start.startedAt(),
        completedAt,
        start.firstOrdinal(),
        lastOrdinal,
        itemCount,
        skippedItemCount,
        end == null ? null : RawJson.text(end.error()),
        usage(),
        start.metadata());
  }

  /// Replaces the usage of this turn in a sum by its final one.
  ///
  /// @param sum with the usage so far
  TokenUsage usedAtLast(TokenUsage sum, TurnResult last) {
    return last.usage() == null
        ? sum
        : sum.minus(TokenUsage.of(start.usageJson())).plus(TokenUsage.of(last.usage()));
  }

  /// The tokens of [#usage()].
  TokenCounts tokens() {
    return TokenUsage.of(usage()).counts();
  }

  /// The usage of the end or, without one, the usage so far.
  private @Nullable String usage() {
    if (end != null && end.usage() != null) {
      return RawJson.text(end.usage());
    }
    return streamed == TokenUsage.NONE
        ? start.usageJson()
        : TokenUsage.of(start.usageJson()).plus(streamed).json();
  }
}
