package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.projection.TurnMarker.Ended;
import dev.rollbook.projection.TurnMarker.Own;
import dev.rollbook.projection.TurnMarker.Started;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Fold of the last lines of a thread that Rollbook itself writes, from known facts of all lines
/// before. So a rollout need not be read from its start for the few lines that its row lacks.
///
/// It knows only what Rollbook writes: items, and its own turn markers. A line whose meaning may
/// depend on earlier lines, such as the end of a turn of Codex, ends the fold; then [HistoryFold]
/// has to read all lines. Both come to the same facts, except that a known preview stays, as in a
/// live thread.
public final class OwnTailFold {
  /// Events that say something of turns, unless Rollbook's own markers do.
  private static final Set<String> TURN_EVENTS =
      Set.of(
          TurnMarker.STARTED,
          TurnMarker.TURN_STARTED,
          TurnMarker.COMPLETE,
          TurnMarker.TURN_COMPLETE,
          TurnMarker.ABORTED);

  private final ThreadId thread;
  private final Predicate<TurnId> isKnown;
  private final Map<TurnId, TurnFacts> changed = new LinkedHashMap<>();
  private @Nullable TurnFacts running;
  private Preview preview;
  private ThreadNotes notes = ThreadNotes.NONE;
  private TokenUsage usage;
  private UsageTimeline timeline;
  private @Nullable Instant latest;
  private long nextOrdinal;
  private int items;
  private int begun;

  /// @param isKnown whether the thread has a turn already
  /// @param nextOrdinal of the first line that is added
  /// @param running turn that is open; null for none
  /// @param usage of all turns so far, also of the open one
  public OwnTailFold(
      ThreadId thread,
      Predicate<TurnId> isKnown,
      long nextOrdinal,
      @Nullable TurnFacts running,
      @Nullable String preview,
      TokenUsage usage,
      UsageTimeline timeline) {
    this.thread = thread;
    this.isKnown = isKnown;
    this.nextOrdinal = nextOrdinal;
    this.running = running;
    this.preview = Preview.of(preview);
    this.usage = usage;
    this.timeline = timeline;
  }

  /// Whether this is the first line of a thread that Rollbook started.
  public static boolean isOwn(RolloutLine first) {
    return first.type().equals(ItemTypes.SESSION_META)
        && first.numbered()
        && TurnMarker.isOwn(PayloadJson.read(first.payload()));
  }

  /// Adds the next line.
  ///
  /// @return false if that is not possible; then the facts are useless
  public boolean add(RolloutLine line) {
    if (!line.numbered() || line.ordinal() != nextOrdinal || line.timestamp() == null) {
      return false;
    }
    var marker = TurnMarker.own(line);
    if (!isIndependent(line, marker.orElse(null))) {
      return false;
    }
    var at = Timestamps.parse(line.timestamp(), Instant.MIN);
    if (at.equals(Instant.MIN) || !follow(line, marker.orElse(null), at)) {
      return false;
    }
    notes =
        notes.plus(
            ThreadChangeItems.notes(thread, line.type(), line.payload(), at, line.ordinal()));
    preview = preview.after(line.type(), line.payload());
    latest = latest == null || at.isAfter(latest) ? at : latest;
    nextOrdinal++;
    items++;
    return true;
  }

  private boolean isIndependent(RolloutLine line, @Nullable Own marker) {
    return switch (line.type()) {
      case ItemTypes.SESSION_META, ItemTypes.TOKEN_USAGE_RECORD -> false;
      case ItemTypes.EVENT -> marker != null || isPlain(PayloadJson.read(line.payload()));
      default -> true;
    };
  }

  /// Whether an event is an item like any other. Within a turn of Rollbook's own, only Rollbook's
  /// markers are not. Outside of turns, an event that names a turn may continue that turn.
  private boolean isPlain(JsonNode event) {
    var type = PayloadJson.text(event, "type");
    boolean isOfTurn = type != null && TURN_EVENTS.contains(type);
    return running == null
        ? !isOfTurn && !event.has(TurnMarker.TURN_ID)
        : !isOfTurn || !TurnMarker.isOwn(event);
  }

  private boolean follow(RolloutLine line, @Nullable Own marker, Instant at) {
    return switch (marker) {
      case Started started ->
          running == null && !isKnown(started.turn()) && begin(line, started.turn(), at);
      case Ended ended ->
          running != null && running.id().equals(ended.turn()) && end(line, ended, running, at);
      case null -> {
        var used = AgentStream.usage(line.type(), line.payload());
        if (running != null) {
          running = grown(running, line, used);
        } else {
          usage = usage.plus(used);
        }
        yield true;
      }
    };
  }

  private boolean isKnown(TurnId turn) {
    return changed.containsKey(turn) || isKnown.test(turn);
  }

  private boolean begin(RolloutLine line, TurnId turn, Instant at) {
    running =
        change(
            new TurnFacts(
                turn,
                TurnStatus.IN_PROGRESS,
                at,
                null,
                line.ordinal(),
                line.ordinal(),
                1,
                null,
                null,
                PayloadJson.raw(line.payload(), "metadata"),
                true));
    timeline = timeline.plus(at, 1, TokenCounts.NONE);
    begun++;
    return true;
  }

  private boolean end(RolloutLine line, Ended ended, TurnFacts turn, Instant at) {
    var used = ended.usage() == null ? turn.usage() : ended.usage();
    uses(turn, TokenUsage.of(turn.usage()), TokenUsage.of(used));
    change(
        turn.with(ended.status(), at, line.ordinal(), turn.itemCount() + 1, ended.error(), used));
    running = null;
    return true;
  }

  private TurnFacts grown(TurnFacts turn, RolloutLine line, TokenUsage used) {
    var before = TokenUsage.of(turn.usage());
    var now = used == TokenUsage.NONE ? before : before.plus(used);
    uses(turn, before, now);
    return change(
        turn.with(
            turn.status(),
            null,
            line.ordinal(),
            turn.itemCount() + 1,
            null,
            used == TokenUsage.NONE ? turn.usage() : now.rawJson()));
  }

  private void uses(TurnFacts turn, TokenUsage before, TokenUsage now) {
    if (before != now) {
      usage = usage.minus(before).plus(now);
      timeline = timeline.plus(turn.startedAt(), 0, now.counts().minus(before.counts()));
    }
  }

  private TurnFacts change(TurnFacts turn) {
    changed.put(turn.id(), turn);
    return turn;
  }

  /// Turns that began, grew or ended, ordered by start.
  public List<TurnFacts> changed() {
    return List.copyOf(changed.values());
  }

  public @Nullable TurnFacts running() {
    return running;
  }

  /// Number of turns that began.
  public int begun() {
    return begun;
  }

  /// Number of lines.
  public int items() {
    return items;
  }

  public long nextOrdinal() {
    return nextOrdinal;
  }

  public ThreadNotes notes() {
    return notes;
  }

  public @Nullable String preview() {
    return preview.text();
  }

  /// Usage of all turns, also of those before the first line.
  public TokenUsage usage() {
    return usage;
  }

  public UsageTimeline timeline() {
    return timeline;
  }

  /// Latest time of a line; null without lines.
  public @Nullable Instant latest() {
    return latest;
  }

  /// Facts of a turn that is open.
  public static TurnFacts open(
      TurnId turn,
      Instant startedAt,
      long firstOrdinal,
      long lastOrdinal,
      long itemCount,
      @Nullable RawJson usage,
      @Nullable RawJson metadata) {
    return new TurnFacts(
        turn,
        TurnStatus.IN_PROGRESS,
        startedAt,
        null,
        firstOrdinal,
        lastOrdinal,
        itemCount,
        null,
        usage,
        metadata,
        true);
  }
}
