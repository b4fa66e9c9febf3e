package dev.rollbook.projection;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The turn that has begun last, until it ends: counts what comes in between, and keeps none of it.
final class RunningTurn {
  /// Who said that it begins.
  enum Origin {
    ROLLBOOK,
    CODEX,
    /// Nobody: an old Codex only wrote down what a person typed.
    IMPLIED
  }

  private final TurnFacts start;
  private final Origin origin;
  private final @Nullable String name;
  private final TurnUsage usage;
  private long lastOrdinal;
  private long itemCount;
  private Instant lastAt;
  private boolean inherited;
  private @Nullable RawJson error;
  private boolean errorWasLast;
  private boolean aborted;

  /// @param name what Codex calls it, where that is no UUID
  /// @param totalBefore the counter of the thread when the turn began
  RunningTurn(TurnFacts start, Origin origin, @Nullable String name, Usage totalBefore) {
    this.start = start;
    this.origin = origin;
    this.name = name;
    this.usage = new TurnUsage(totalBefore);
    this.lastAt = start.startedAt();
  }

  TurnId id() {
    return start.id();
  }

  boolean isOwn() {
    return origin == Origin.ROLLBOOK;
  }

  boolean isImplied() {
    return origin == Origin.IMPLIED;
  }

  /// Whether its last item so far was inherited.
  boolean isInherited() {
    return inherited;
  }

  void add(TurnFold.SeenLine seen) {
    lastOrdinal = seen.ordinal();
    itemCount += seen.skipped() ? 0 : 1;
    lastAt = seen.at();
    inherited = seen.inherited();
  }

  /// @param newError null for an event that tells of none
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

  /// Whether the frame of an end is this turn's. One of Rollbook's own ends by its own frame; one
  /// that Codex began also by Codex's, which in old versions does not say which turn it ends.
  boolean isEndedBy(TurnFold.SeenLine frame) {
    var payload = frame.payload();
    if (isImplied() || (isOwn() && !TurnMarker.isOwn(payload))) {
      return false;
    }
    var said = Payload.text(payload, TurnMarker.TURN_ID);
    return said == null
        ? frame.fromCodex() && !isOwn()
        : said.equals(name) || TurnMarker.turnId(payload).filter(id()::equals).isPresent();
  }

  /// The error that Codex told before it ended the turn without a last word.
  @Nullable RawJson failure(TurnFold.SeenLine end) {
    boolean lastWord = Payload.text(end.payload(), TurnMarker.LAST_AGENT_MESSAGE) != null;
    return isOwn() || lastWord ? null : error;
  }

  /// The turn as it is so far. One that is implied is at its end with each line: nothing will tell
  /// of it.
  TurnFacts facts() {
    return switch (origin) {
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

  /// What a turn of Codex's used so far, which its frame does not say: the sum of what is on record
  /// for each response; or, for want of records, how far the counter of the thread went on.
  static final class TurnUsage {
    private Usage totalBefore;
    private Usage recorded = Usage.NONE;
    private boolean onRecord;
    private @Nullable Usage total;
    private Usage steps = Usage.NONE;

    /// @param totalBefore the counter of the thread when the turn began
    TurnUsage(Usage totalBefore) {
      this.totalBefore = totalBefore;
    }

    void record(Usage response) {
      onRecord = true;
      recorded = recorded.plus(response);
    }

    /// @param newTotal the counter of the thread
    /// @param last how far it has just gone, which is none at all where the total is not new
    void count(Usage newTotal, Usage last, boolean isNew) {
      total = newTotal;
      steps = isNew ? steps.plus(last) : steps;
    }

    /// The turn goes on after others: what they counted is not its own.
    ///
    /// @param totalThen the counter of the thread when the turn gave way
    /// @param totalNow the same when it goes on
    void resume(Usage totalThen, Usage totalNow) {
      var others = totalNow.minus(totalThen);
      totalBefore = totalBefore.plus(others);
      total = total == null ? null : total.plus(others);
    }

    /// Whether a record that comes late is to be added.
    boolean takesRecords() {
      return onRecord || total == null;
    }

    /// A counter that went back has begun anew within the turn, so that its steps are added up.
    @Nullable RawJson json() {
      if (onRecord || total == null) {
        return recorded.rawJson();
      }
      var difference = total.minus(totalBefore);
      return (difference.isNegative() ? steps : difference).rawJson();
    }
  }
}
