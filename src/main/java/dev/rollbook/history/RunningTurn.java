package dev.rollbook.history;

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
  RunningTurn(TurnFacts start, Origin origin, @Nullable String name, TurnUsage usage) {
    this.start = start;
    this.origin = origin;
    this.name = name;
    this.usage = usage;
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

  void add(SeenLine seen) {
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
  boolean isEndedBy(SeenLine frame) {
    var payload = frame.payload();
    if (isImplied() || (isOwn() && !TurnFrame.isOwn(payload))) {
      return false;
    }
    var said = Payload.text(payload, TurnFrame.TURN_ID);
    return said == null
        ? frame.fromCodex() && !isOwn()
        : said.equals(name) || TurnFrame.turnId(payload).filter(id()::equals).isPresent();
  }

  /// The error that Codex told before it ended the turn without a last word.
  @Nullable RawJson failure(SeenLine end) {
    boolean lastWord = Payload.text(end.payload(), TurnFrame.LAST_AGENT_MESSAGE) != null;
    return isOwn() || lastWord ? null : error;
  }

  /// The turn as it is so far. One that is implied is at its end with each line: nothing will tell
  /// of it.
  TurnFacts facts() {
    return switch (origin) {
      case ROLLBOOK, CODEX -> counted().withUsage(usage.json());
      case IMPLIED -> {
        var status = impliedStatus();
        yield ended(status, lastAt, status == TurnStatus.FAILED ? error : null, usage.json());
      }
    };
  }

  TurnFacts ended(
      TurnStatus status, Instant at, @Nullable RawJson newError, @Nullable RawJson newUsage) {
    return counted().ended(status, at, newError, newUsage);
  }

  private TurnStatus impliedStatus() {
    if (aborted) {
      return TurnStatus.INTERRUPTED;
    }
    return errorWasLast ? TurnStatus.FAILED : TurnStatus.COMPLETED;
  }

  private TurnFacts counted() {
    return start.withItems(lastOrdinal, itemCount);
  }
}
