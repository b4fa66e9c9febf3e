package dev.rollbook.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An event of a thread. The components of each record are the members of the event's JSON, in this
/// order.
///
/// Sealed, so that a new event does not compile until [#wireName] has a name for it.
public sealed interface Event {
  @JsonProperty("threadId")
  ThreadId thread();

  /// Items with consecutive ordinals, persisted or skipped.
  ///
  /// @param lines as they are in the rollout or, if they were skipped, as they would have been
  /// @param reason of the skip; null for persisted items
  record ItemsAppended(
      ThreadId thread,
      long firstOrdinal,
      List<RawJson> lines,
      boolean persisted,
      @Nullable SkipReason reason,
      @Nullable UUID gapId)
      implements Event {}

  /// Ordinals that are missing from the history, between others that are in it.
  ///
  /// @param gapId null, like the reason, for a hole without a known gap
  /// @param pending whether the items are kept in memory for a retry
  record Gap(
      ThreadId thread,
      @Nullable UUID gapId,
      @Nullable UUID turnId,
      long firstOrdinal,
      long lastOrdinal,
      @Nullable String reason,
      @JsonIgnore boolean pending)
      implements Event {}

  record TurnStarted(ThreadId thread, @JsonProperty("turnId") TurnId turn) implements Event {}

  record TurnCompleted(
      ThreadId thread,
      @JsonProperty("turnId") TurnId turn,
      TurnStatus status,
      @Nullable RawJson error,
      @Nullable RawJson usage)
      implements Event {}

  record ThreadStarted(ThreadId thread) implements Event {}

  record ThreadResumed(ThreadId thread) implements Event {}

  /// @param thread the new thread that was started instead
  record ResumeFailed(
      ThreadId thread,
      @JsonProperty("requestedId") ThreadId requested,
      ResumeFailure reason,
      String message)
      implements Event {}

  record NameUpdated(ThreadId thread, @Nullable String name) implements Event {}

  record Archived(ThreadId thread) implements Event {}

  record Unarchived(ThreadId thread) implements Event {}

  record ThreadClosed(ThreadId thread, How how) implements Event {
    /// Whether the rollout was synced to disk first.
    public enum How {
      @JsonProperty("shutdown")
      SHUTDOWN,
      @JsonProperty("discard")
      DISCARD
    }
  }

  record ThreadDeleted(ThreadId thread) implements Event {}

  /// Codex reverted the thread to an earlier point.
  ///
  /// @param lastOrdinal last ordinal of the earlier history that remains; -1 for none
  record ThreadReverted(ThreadId thread, long lastOrdinal) implements Event {}

  /// @param gapId null if no gap is recorded
  /// @param pending whether the items are kept in memory for a retry
  record PersistenceSkipped(
      ThreadId thread,
      @JsonProperty("turnId") @Nullable TurnId turn,
      long firstOrdinal,
      long lastOrdinal,
      SkipReason reason,
      String message,
      @Nullable UUID gapId,
      boolean pending)
      implements Event {}

  record PersistenceRepaired(ThreadId thread, UUID gapId, long firstOrdinal, long lastOrdinal)
      implements Event {}

  default String wireName() {
    return switch (this) {
      case ItemsAppended e -> "item/appended";
      case Gap e -> "gap";
      case TurnStarted e -> "turn/started";
      case TurnCompleted e -> "turn/completed";
      case ThreadStarted e -> "thread/started";
      case ThreadResumed e -> "thread/resumed";
      case ResumeFailed e -> "thread/resumeFailed";
      case NameUpdated e -> "thread/name/updated";
      case Archived e -> "thread/archived";
      case Unarchived e -> "thread/unarchived";
      case ThreadClosed e -> "thread/closed";
      case ThreadDeleted e -> "thread/deleted";
      case ThreadReverted e -> "thread/reverted";
      case PersistenceSkipped e -> "persistence/skipped";
      case PersistenceRepaired e -> "persistence/repaired";
    };
  }

  /// Whether it is published to the subscribers of this thread only.
  @JsonIgnore
  default boolean isDetail() {
    return this instanceof ItemsAppended || this instanceof Gap;
  }
}
