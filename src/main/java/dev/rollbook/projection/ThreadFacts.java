package dev.rollbook.projection;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.rollout.line.OrdinalRange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a rollout states about its thread: all columns of the thread's row.
///
/// @param model model that Codex used last; for a thread that Rollbook started, the requested model
/// @param notes name, metadata and pin
/// @param updatedAt latest time of a line that is not inherited
/// @param holes ranges of ordinals that no line has
/// @param unreadable number of unreadable lines
/// @param inheritedThrough last ordinal inherited from the parent; -1 for none
/// @param running the turn that is open after the last line; null for none
/// @param ordered whether every line states its ordinal, in ascending order
/// @param ownUsage usage of all turns that are not inherited
/// @param inheritedUsage usage of all inherited turns
public record ThreadFacts(
    SessionMeta meta,
    @Nullable String model,
    ThreadNotes notes,
    @Nullable String preview,
    Instant updatedAt,
    long itemCount,
    long nextOrdinal,
    long inheritedThrough,
    boolean ordered,
    List<OrdinalRange> holes,
    int unreadable,
    List<TurnFacts> turns,
    @Nullable TurnFacts running,
    TokenUsage ownUsage,
    TokenUsage inheritedUsage) {
  public @Nullable Instant namedAt() {
    return named().at();
  }

  /// The turns that began after the inherited lines, and the tokens that they used. A turn that was
  /// cut by the fork point counts for the parent only.
  public UsageTimeline usageTimeline() {
    var timeline = new UsageTimeline.Builder();
    for (var turn : turns) {
      if (turn.firstOrdinal() > inheritedThrough) {
        timeline.add(turn.startedAt(), 1, TokenUsage.of(turn.usage()).counts());
      }
    }
    return timeline.build();
  }

  private ThreadNotes.Name named() {
    return notes.nameOver(ThreadNotes.Name.NONE, 0);
  }

  public @Nullable String name() {
    return named().text();
  }

  public @Nullable String metadata() {
    return notes.metadataSince(0, null);
  }

  public boolean pinned() {
    return notes.pinnedSince(0, false);
  }
}
