package dev.rollbook.projection;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.rollout.line.OrdinalRange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a row knows of a thread, as its rollout tells it.
///
/// @param model that Codex used last, or the one that Rollbook was told at the start
/// @param notes of its name, its metadata and its pin
/// @param updatedAt the latest time of a line, whoever says it
/// @param holes runs of ordinals that no line has
/// @param unreadable lines that could not be read
/// @param inheritedThrough the last ordinal that the thread has from its parent; -1 for none
/// @param running the turn that has not ended; null for none
/// @param ordered whether every line states its ordinal, each greater than the one before
/// @param ownUsage of all turns that did not end in the part that a fork has from its parent
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
    Usage ownUsage,
    Usage inheritedUsage) {
  public @Nullable Instant namedAt() {
    return named().at();
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
