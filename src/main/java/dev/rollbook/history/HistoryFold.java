package dev.rollbook.history;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.OrdinalRange;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutReader;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// Adds up what a rollout says, from its first line on. Can be asked at any line, and goes on with
/// the next one; keeps no items.
public final class HistoryFold {
  private final ThreadId thread;
  private final TurnFold turns;
  private final ModelName model = new ModelName();
  private @Nullable SessionMeta meta;
  private boolean ownMeta;
  private boolean ofAnotherThread;
  private boolean numbered;
  private ThreadNotes notes = ThreadNotes.NONE;
  private Preview preview = Preview.NONE;
  private Instant updatedAt;
  private long itemCount;
  private long nextOrdinal;
  private final List<OrdinalRange> holes = new ArrayList<>();
  private Instant lineTime;
  private long inheritedThrough = -1;

  private HistoryFold(ThreadId thread, Instant modified) {
    this.thread = thread;
    this.turns = new TurnFold(thread);
    this.updatedAt = modified;
    this.lineTime = modified;
  }

  /// @param modified stands in for times that the rollout does not say
  public static HistoryFold of(ThreadId thread, Instant modified) {
    return new HistoryFold(thread, modified);
  }

  /// @param modified stands in for times that the rollout does not say
  /// @return nothing if the rollout has no `session_meta`, or another thread's, so that it is not
  ///   this thread's
  public static Optional<ThreadFacts> read(ThreadId thread, RolloutReader reader, Instant modified)
      throws IOException {
    var fold = of(thread, modified);
    for (var line = reader.next(); line != null; line = reader.next()) {
      fold.add(line);
    }
    return fold.facts(reader.unreadable());
  }

  public void add(RolloutLine line) {
    if (line.ordinal() > nextOrdinal && itemCount > 0) {
      holes.add(new OrdinalRange(nextOrdinal, line.ordinal() - 1));
    }
    nextOrdinal = line.ordinal() + 1;
    itemCount++;
    var before = lineTime;
    lineTime = time(line.timestamp(), before);
    updatedAt = isInherited(line) ? updatedAt : lineTime;
    var payload = payload(line);
    switch (line.type()) {
      case ItemTypes.SESSION_META -> sessionMeta(line, payload);
      case ItemTypes.EVENT ->
          notes = notes.plus(ThreadEvents.notes(thread, line.payload(), payload, line.ordinal()));
      default -> {}
    }
    turns.add(new SeenLine(line, payload, lineTime, before, isInherited(line), isFromCodex(line)));
    model.add(line.type(), payload);
    preview = preview.after(line.type(), payload);
  }

  /// @param unreadable lines so far that could not be read
  /// @return nothing as long as there is no `session_meta`, or where the first line is that of
  ///   another thread
  public Optional<ThreadFacts> facts(int unreadable) {
    return ofAnotherThread
        ? Optional.empty()
        : Optional.ofNullable(meta).map(found -> facts(found, unreadable));
  }

  /// Turns that began, grew or ended since this was last asked, in the order of their start.
  public List<TurnFacts> takeChangedTurns() {
    return turns.takeChanged();
  }

  private ThreadFacts facts(SessionMeta found, int unreadable) {
    return new ThreadFacts(
        found,
        model.of(found),
        notes,
        preview.text(),
        updatedAt,
        itemCount,
        Math.max(nextOrdinal, inheritedThrough + 1),
        allHoles(),
        unreadable,
        turns.facts(),
        turns.ownUsage(),
        turns.inheritedUsage());
  }

  /// Ordinals at the end of the inherited part may have no line; they are used all the same.
  private List<OrdinalRange> allHoles() {
    var all = new ArrayList<>(holes);
    if (nextOrdinal <= inheritedThrough) {
      all.add(new OrdinalRange(nextOrdinal, inheritedThrough));
    }
    return all;
  }

  /// Items are taken apart only where something is to be found.
  private JsonNode payload(RolloutLine line) {
    boolean wanted =
        switch (line.type()) {
          case ItemTypes.SESSION_META,
              ItemTypes.EVENT,
              ItemTypes.TURN_CONTEXT,
              ItemTypes.TOKEN_USAGE_RECORD ->
              true;
          default -> preview.wants(line.type());
        };
    return wanted ? Payload.read(line.payload()) : MissingNode.getInstance();
  }

  private boolean isInherited(RolloutLine line) {
    return line.ordinal() <= inheritedThrough;
  }

  /// Rollbook numbers its lines, an old Codex does not: that tells them apart, also in a fork.
  private boolean isFromCodex(RolloutLine line) {
    return ownMeta
        ? !numbered && !line.numbered() && isInherited(line)
        : numbered || !line.numbered();
  }

  /// A file that was forked by copying has its parent's `session_meta` too: the first one counts.
  private void sessionMeta(RolloutLine line, JsonNode payload) {
    if (itemCount == 1) {
      var says = Payload.thread(payload, "id");
      ofAnotherThread = says != null && !says.equals(thread);
    }
    if (meta == null) {
      meta = SessionMeta.read(thread, line.payload(), lineTime);
      ownMeta = TurnFrame.isOwn(payload);
      numbered = line.numbered();
      notes = notes(meta, line.ordinal()).plus(notes);
      inheritedThrough = meta.inheritedThrough() == null ? -1 : meta.inheritedThrough();
      model.begin(ownMeta);
    }
  }

  private static ThreadNotes notes(SessionMeta meta, long ordinal) {
    var metadata = meta.metadata() == null ? null : meta.metadata().toString();
    return ThreadNotes.ofName(meta.name(), ordinal).plus(ThreadNotes.ofMetadata(metadata, ordinal));
  }

  private static Instant time(String text, Instant fallback) {
    try {
      return Timestamps.parse(text);
    } catch (IllegalArgumentException malformed) {
      return fallback;
    }
  }
}
