package dev.rollbook.projection;

import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold.SeenLine;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The turn that is open at the current line while a rollout is read. Its items are counted, not
/// stored.
final class RunningTurn {
  /// Who wrote the start of the turn.
  enum StartedBy {
    ROLLBOOK,
    CODEX,
    /// No marker: an old Codex only wrote the message of the user.
    IMPLIED
  }

  private final TurnFacts start;
  private final StartedBy startedBy;
  private final @Nullable String name;
  private final TurnUsage usage;
  private long lastOrdinal;
  private long itemCount;
  private Instant lastAt;
  private boolean inherited;
  private @Nullable RawJson error;
  private boolean errorWasLast;
  private boolean aborted;

  /// @param name name that Codex gave the turn, if the name is not a UUID
  /// @param totalBefore token counter of the thread when the turn began
  RunningTurn(TurnFacts start, StartedBy startedBy, @Nullable String name, TokenUsage totalBefore) {
    this.start = start;
    this.startedBy = startedBy;
    this.name = name;
    this.usage = new TurnUsage(totalBefore);
    this.lastAt = start.startedAt();
  }

  TurnId id() {
    return start.id();
  }

  boolean isOwn() {
    return startedBy == StartedBy.ROLLBOOK;
  }

  boolean isImplied() {
    return startedBy == StartedBy.IMPLIED;
  }

  /// Whether its last item so far is inherited.
  boolean isInherited() {
    return inherited;
  }

  void add(SeenLine seen) {
    lastOrdinal = seen.ordinal();
    itemCount += seen.skipped() ? 0 : 1;
    lastAt = seen.at();
    inherited = seen.inherited();
  }

  /// @param newError null for an event without an error
  void event(@Nullable RawJson newError) {
    errorWasLast = newError != null;
    error = newError == null ? error : newError;
  }

  void abort() {
    aborted = true;
  }

  TurnUsage usage() {
    return usage;
  }

  /// Whether a marker ends this turn. Only a marker of Rollbook ends a turn of Rollbook's own.
  /// Codex also ends a turn of Codex, by a marker that in old versions does not name the turn.
  boolean isEndedBy(SeenLine marker) {
    var payload = marker.payload();
    if (isImplied() || (isOwn() && !TurnMarker.isOwn(payload))) {
      return false;
    }
    var said = PayloadJson.text(payload, TurnMarker.TURN_ID);
    return said == null
        ? marker.fromCodex() && !isOwn()
        : said.equals(name) || TurnMarker.turnId(payload).filter(id()::equals).isPresent();
  }

  /// An error that Codex wrote counts if the turn then ended without a last message.
  @Nullable RawJson failure(SeenLine end) {
    boolean lastWord = PayloadJson.text(end.payload(), TurnMarker.LAST_AGENT_MESSAGE) != null;
    return isOwn() || lastWord ? null : error;
  }

  /// The turn so far. An implied turn ends with each line, as no marker will end it.
  TurnFacts facts() {
    return switch (startedBy) {
      case ROLLBOOK, CODEX ->
          start.with(start.status(), null, lastOrdinal, itemCount, null, usage.json());
      case IMPLIED -> {
        var status = impliedStatus();
        yield ended(status, lastAt, status == TurnStatus.FAILED ? error : null, usage.json());
      }
    };
  }

  TurnFacts ended(
      TurnStatus status, Instant at, @Nullable RawJson newError, @Nullable RawJson newUsage) {
    return start.with(status, at, lastOrdinal, itemCount, newError, newUsage);
  }

  private TurnStatus impliedStatus() {
    if (aborted) {
      return TurnStatus.INTERRUPTED;
    }
    return errorWasLast ? TurnStatus.FAILED : TurnStatus.COMPLETED;
  }

  /// Usage of a turn of Codex, which its markers do not state: the sum of the records of its
  /// responses or, without records, the increase of the token counter of the thread.
  static final class TurnUsage {
    private TokenUsage totalBefore;
    private TokenUsage recorded = TokenUsage.NONE;
    private boolean onRecord;
    private @Nullable TokenUsage total;
    private TokenUsage steps = TokenUsage.NONE;

    /// @param totalBefore token counter of the thread when the turn began
    TurnUsage(TokenUsage totalBefore) {
      this.totalBefore = totalBefore;
    }

    void record(TokenUsage response) {
      onRecord = true;
      recorded = recorded.plus(response);
    }

    /// @param newTotal token counter of the thread
    /// @param last increase by the last response; ignored if the total has not changed
    void count(TokenUsage newTotal, TokenUsage last, boolean isNew) {
      total = newTotal;
      steps = isNew ? steps.plus(last) : steps;
    }

    /// Continues the turn after other turns, whose usage it must not count.
    ///
    /// @param totalThen token counter of the thread when the turn was interrupted
    /// @param totalNow token counter of the thread now
    void resume(TokenUsage totalThen, TokenUsage totalNow) {
      var others = totalNow.minus(totalThen);
      totalBefore = totalBefore.plus(others);
      total = total == null ? null : total.plus(others);
    }

    /// Whether a late record has to be added.
    boolean takesRecords() {
      return onRecord || total == null;
    }

    /// A counter that decreased was reset within the turn, so its increases are added up.
    @Nullable RawJson json() {
      if (onRecord || total == null) {
        return recorded.rawJson();
      }
      var difference = total.minus(totalBefore);
      return (difference.isNegative() ? steps : difference).rawJson();
    }
  }
}
