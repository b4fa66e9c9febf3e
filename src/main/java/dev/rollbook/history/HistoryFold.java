package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.OrdinalRange;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutReader;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a rollout from its first line to its last and adds up what it says.
public final class HistoryFold {
  private final ThreadId thread;
  private final Map<TurnId, TurnFacts> turns = new LinkedHashMap<>();
  private @Nullable SessionMeta meta;
  private final ModelName model = new ModelName();
  private @Nullable String name;
  private @Nullable RawJson metadata;
  private Preview preview = Preview.NONE;
  private Instant updatedAt;
  private long itemCount;
  private long nextOrdinal;
  private final List<OrdinalRange> holes = new ArrayList<>();
  private @Nullable TurnId running;
  private Instant lineTime;
  private long inheritedThrough = -1;
  private Usage ownUsage = Usage.NONE;
  private Usage inheritedUsage = Usage.NONE;

  private HistoryFold(ThreadId thread, Instant modified) {
    this.thread = thread;
    this.updatedAt = modified;
    this.lineTime = modified;
  }

  /// @param modified stands in for times that the rollout does not say
  /// @return nothing if the rollout has no `session_meta`, so that it is no thread's
  public static Optional<ThreadFacts> read(ThreadId thread, RolloutReader reader, Instant modified)
      throws IOException {
    var fold = new HistoryFold(thread, modified);
    for (var line = reader.next(); line != null; line = reader.next()) {
      fold.add(line);
    }
    fold.closeInherited();
    return Optional.ofNullable(fold.meta).map(meta -> fold.facts(meta, reader.unreadable()));
  }

  private ThreadFacts facts(SessionMeta meta, int unreadable) {
    return new ThreadFacts(
        meta,
        model.of(meta),
        name,
        metadata,
        preview.text(),
        updatedAt,
        itemCount,
        nextOrdinal,
        holes,
        unreadable,
        new ArrayList<>(turns.values()),
        ownUsage,
        inheritedUsage);
  }

  private void add(RolloutLine line) {
    if (line.ordinal() > nextOrdinal && itemCount > 0) {
      holes.add(new OrdinalRange(nextOrdinal, line.ordinal() - 1));
    }
    nextOrdinal = line.ordinal() + 1;
    itemCount++;
    lineTime = time(line.timestamp(), lineTime);
    updatedAt = isInherited(line) ? updatedAt : lineTime;
    switch (line.type()) {
      case ItemTypes.SESSION_META -> sessionMeta(line);
      case ItemTypes.EVENT -> event(line, Payload.read(line.payload()));
      default -> inTurn(line);
    }
    preview = preview.after(line.type(), line.payload());
    model.add(line);
  }

  /// Ordinals at the end of the inherited part may have no line; they are used all the same.
  private void closeInherited() {
    if (nextOrdinal <= inheritedThrough) {
      holes.add(new OrdinalRange(nextOrdinal, inheritedThrough));
      nextOrdinal = inheritedThrough + 1;
    }
  }

  private boolean isInherited(RolloutLine line) {
    return line.ordinal() <= inheritedThrough;
  }

  /// A file that was forked by copying has its parent's `session_meta` too: the first one counts.
  private void sessionMeta(RolloutLine line) {
    if (meta == null) {
      meta = SessionMeta.read(thread, line.payload(), lineTime);
      name = meta.name();
      model.begin(line.payload());
      metadata = meta.metadata();
      inheritedThrough = meta.inheritedThrough() == null ? -1 : meta.inheritedThrough();
    }
    inTurn(line);
  }

  private void event(RolloutLine line, JsonNode payload) {
    var type = Payload.text(payload, "type");
    switch (type == null ? "" : type) {
      case TurnFrame.STARTED -> started(line, payload);
      case TurnFrame.COMPLETE -> ended(line, payload, completion(line, payload));
      case TurnFrame.ABORTED -> ended(line, payload, TurnStatus.INTERRUPTED);
      case ThreadEvents.NAME_UPDATED -> {
        if (isOfThisThread(payload)) {
          name = Payload.text(payload, "thread_name");
        }
        inTurn(line);
      }
      case ThreadEvents.METADATA_UPDATED -> {
        if (isOfThisThread(payload)) {
          metadata = Payload.raw(line.payload(), "metadata");
        }
        inTurn(line);
      }
      default -> inTurn(line);
    }
  }

  /// Inside a frame of Rollbook's own, a frame that a client sent is an item like any other.
  private void started(RolloutLine line, JsonNode payload) {
    var turn = turnId(payload);
    var current = running == null ? null : turns.get(running);
    boolean own = isOwn(payload);
    if (turn.isEmpty()
        || (current != null && current.own() && !own)
        || turns.containsKey(turn.get())) {
      inTurn(line);
      return;
    }
    running = turn.get();
    turns.put(
        running,
        new TurnFacts(
            running,
            TurnStatus.IN_PROGRESS,
            lineTime,
            null,
            line.ordinal(),
            line.ordinal(),
            1,
            null,
            null,
            Payload.raw(line.payload(), "metadata"),
            own));
  }

  /// A turn of Rollbook's own ends by its own frame; one that others began also by theirs.
  private void ended(RolloutLine line, JsonNode payload, TurnStatus status) {
    inTurn(line);
    var facts = running == null ? null : turns.get(running);
    if (facts == null
        || (facts.own() && !isOwn(payload))
        || !turnId(payload).equals(Optional.of(facts.id()))) {
      return;
    }
    var usage = Payload.raw(line.payload(), "usage");
    turns.put(facts.id(), facts.ended(status, lineTime, error(line.payload()), usage));
    use(line, Usage.of(usage));
    running = null;
  }

  private void use(RolloutLine line, Usage usage) {
    if (isInherited(line)) {
      inheritedUsage = inheritedUsage.plus(usage);
    } else {
      ownUsage = ownUsage.plus(usage);
    }
  }

  static TurnStatus completion(RolloutLine line, JsonNode payload) {
    var said = Payload.text(payload, TurnFrame.STATUS);
    boolean failed =
        said == null ? error(line.payload()) != null : said.equals(TurnStatus.FAILED.wireName());
    return failed ? TurnStatus.FAILED : TurnStatus.COMPLETED;
  }

  static @Nullable RawJson error(RawJson payload) {
    return Payload.raw(payload, "error");
  }

  private void inTurn(RolloutLine line) {
    if (running != null) {
      turns.computeIfPresent(running, (id, facts) -> facts.withItem(line.ordinal()));
    }
  }

  /// Changes of the thread that this one was forked from were copied with all else.
  private boolean isOfThisThread(JsonNode payload) {
    var about = Payload.text(payload, "thread_id");
    return about == null || about.equalsIgnoreCase(thread.toString());
  }

  static boolean isOwn(JsonNode payload) {
    return SessionMeta.ORIGINATOR.equals(Payload.text(payload, TurnFrame.ORIGINATOR));
  }

  static Optional<TurnId> turnId(JsonNode payload) {
    var text = Payload.text(payload, "turn_id");
    try {
      return text == null ? Optional.empty() : Optional.of(TurnId.parse(text));
    } catch (IllegalArgumentException notAnId) {
      return Optional.empty();
    }
  }

  private static Instant time(String text, Instant fallback) {
    try {
      return Timestamps.parse(text);
    } catch (IllegalArgumentException malformed) {
      return fallback;
    }
  }
}
