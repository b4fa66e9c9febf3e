package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.RolloutReader;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// Folds the lines of a rollout into the facts of its thread and turns. After each line, the facts
/// are up to date with all lines so far. Items are not kept in memory.
public final class HistoryFold {
  /// Version of the projection. Raise it whenever the same file would result in other rows: rows of
  /// an older version are rebuilt at the next start.
  public static final int VERSION = 3;

  private static final String PAGINATED = "paginated";

  private final ThreadId thread;
  private final TurnFold turns;
  private final InheritedLineDetector inheritedLines;
  private final ModelName model = new ModelName();
  private @Nullable SessionMeta meta;
  private boolean ownMeta;
  private boolean ofAnotherThread;
  private boolean numbered;
  private ThreadNotes notes = ThreadNotes.NONE;
  private boolean ordered = true;
  private Preview preview = Preview.NONE;
  private final Instant modified;
  private @Nullable Instant latest;
  private long itemCount;
  private long nextOrdinal;
  private final List<OrdinalRange> holes = new ArrayList<>();
  private Instant lineTime;

  private HistoryFold(ThreadId thread, Instant modified, InheritedLineDetector inheritedLines) {
    this.thread = thread;
    this.turns = new TurnFold(thread);
    this.inheritedLines = inheritedLines;
    this.modified = modified;
    this.lineTime = modified;
  }

  /// @param modified used for times that the rollout does not state
  public static HistoryFold of(ThreadId thread, Instant modified) {
    return of(thread, modified, ParentHistory.Finder.NONE, RolloutLine.NO_ORDINAL);
  }

  /// @param modified used for times that the rollout does not state
  /// @param parents finds histories of parents, to recognise copied lines
  /// @param inheritedThrough last ordinal that was recognised as inherited before; -1 for none
  public static HistoryFold of(
      ThreadId thread, Instant modified, ParentHistory.Finder parents, long inheritedThrough) {
    return new HistoryFold(
        thread, modified, new InheritedLineDetector(thread, parents, inheritedThrough));
  }

  /// @param modified used for times that the rollout does not state
  /// @return empty if the rollout has no `session_meta`, or that of another thread
  public static Optional<ThreadFacts> read(ThreadId thread, RolloutReader reader, Instant modified)
      throws IOException {
    return of(thread, modified).read(reader, List.of());
  }

  /// Reads all lines; empty if the rollout is not this thread's.
  ///
  /// @param skipped lines that could not be written, ordered by ordinal; those that the rollout has
  ///   by now are ignored
  public Optional<ThreadFacts> read(RolloutReader reader, List<RolloutLine> skipped)
      throws IOException {
    var left = new ArrayDeque<>(skipped);
    for (var line = reader.next(); line != null; line = reader.next()) {
      for (var next = left.peek();
          next != null && next.ordinal() <= line.ordinal();
          next = left.peek()) {
        left.remove();
        if (next.ordinal() < line.ordinal()) {
          see(next, true);
        }
      }
      add(line);
    }
    left.forEach(line -> see(line, true));
    return facts(reader.unreadable());
  }

  public void add(RolloutLine line) {
    if (line.ordinal() > nextOrdinal && itemCount > 0) {
      holes.add(new OrdinalRange(nextOrdinal, line.ordinal() - 1));
    }
    nextOrdinal = line.ordinal() + 1;
    ordered = ordered && line.numbered();
    itemCount++;
    see(line, false);
  }

  private void see(RolloutLine line, boolean skipped) {
    var before = lineTime;
    lineTime = Timestamps.parse(line.timestamp(), before);
    var payload = payload(line);
    switch (line.type()) {
      case ItemTypes.SESSION_META -> sessionMeta(line, payload);
      case ItemTypes.EVENT ->
          notes =
              notes.plus(
                  ThreadChangeItems.notes(
                      thread, line.payload(), payload, lineTime, line.ordinal()));
      default -> {}
    }
    boolean inherited = !skipped && itemCount > 1 && inheritedLines.add(line, payload, lineTime);
    if (!inherited && (latest == null || lineTime.isAfter(latest))) {
      latest = lineTime;
    }
    turns.add(
        new SeenLine(
            line, payload, lineTime, before, inherited, isFromCodex(line, inherited), skipped));
    if (!skipped) {
      model.add(line.type(), payload);
      preview = preview.after(line.type(), payload);
    }
  }

  /// A line with what the lines before it imply for it.
  ///
  /// @param payload missing node if the type of the line is not read
  /// @param at its time, or that of the line before
  /// @param before time of the line before
  /// @param inherited whether a fork inherited it from its parent
  /// @param fromCodex whether Codex wrote it, as far as known: items of a client may look the same
  /// @param skipped whether the rollout lacks it
  record SeenLine(
      RolloutLine line,
      JsonNode payload,
      Instant at,
      Instant before,
      boolean inherited,
      boolean fromCodex,
      boolean skipped) {

    long ordinal() {
      return line.ordinal();
    }
  }

  /// The ordinal after the last line.
  public long nextOrdinal() {
    return nextOrdinal;
  }

  /// @param unreadable number of unreadable lines so far
  /// @return empty without a `session_meta`, or if the first line is that of another thread
  public Optional<ThreadFacts> facts(int unreadable) {
    return ofAnotherThread
        ? Optional.empty()
        : Optional.ofNullable(meta).map(found -> facts(found, unreadable));
  }

  /// Turns that began, grew or ended since the last call, ordered by start.
  public List<TurnFacts> takeChangedTurns() {
    return turns.takeChanged();
  }

  private ThreadFacts facts(SessionMeta found, int unreadable) {
    return new ThreadFacts(
        found,
        model.of(found),
        notes,
        preview.text(),
        latest == null ? modified : latest,
        itemCount,
        Math.max(nextOrdinal, inheritedLines.declared() + 1),
        inheritedLines.through(),
        ordered,
        allHoles(),
        unreadable,
        turns.facts(),
        turns.running(),
        turns.ownUsage(),
        turns.inheritedUsage());
  }

  /// Ordinals at the end of the inherited part may have no line, but are used.
  private List<OrdinalRange> allHoles() {
    var all = new ArrayList<>(holes);
    if (nextOrdinal <= inheritedLines.declared()) {
      all.add(new OrdinalRange(nextOrdinal, inheritedLines.declared()));
    }
    return all;
  }

  /// Payloads are parsed only if something is read from them.
  private JsonNode payload(RolloutLine line) {
    boolean wanted =
        switch (line.type()) {
          case ItemTypes.SESSION_META,
              ItemTypes.EVENT,
              ItemTypes.TURN_CONTEXT,
              ItemTypes.TOKEN_USAGE_RECORD ->
              true;
          default -> preview.wants(line.type()) || AgentStream.of(line.type()) != null;
        };
    return wanted ? PayloadJson.read(line.payload()) : MissingNode.getInstance();
  }

  /// Rollbook states ordinals, an old Codex does not: that distinguishes them, also in a fork.
  private boolean isFromCodex(RolloutLine line, boolean inherited) {
    return ownMeta ? !numbered && !line.numbered() && inherited : numbered || !line.numbered();
  }

  /// A file that was forked by copying has the `session_meta` of its parent, too. The first one
  /// counts; one right after it names the parent if the first does not.
  private void sessionMeta(RolloutLine line, JsonNode payload) {
    if (itemCount == 1) {
      var says = PayloadJson.thread(payload, "id");
      ofAnotherThread = says != null && !says.equals(thread);
    }
    if (meta == null) {
      meta = SessionMeta.read(thread, line.payload(), lineTime);
      ownMeta = TurnMarker.isOwn(payload);
      numbered = line.numbered();
      notes = notes(meta, line.ordinal()).plus(notes);
      boolean paginated = PAGINATED.equals(PayloadJson.text(payload, "history_mode"));
      inheritedLines.begin(meta, paginated || ownMeta);
      turns.begin(paginated);
      model.begin(ownMeta);
      preview = Preview.before(payload.path("source"));
      return;
    }
    var of = PayloadJson.thread(payload, "id");
    // In a thread of Rollbook's own, items that a client sends do not change the model.
    if (of != null
        && !ownMeta
        && inheritedLines.copiedMeta(of)
        && meta.lineage().forkedFrom() == null) {
      meta = meta.forkedFrom(of);
    }
  }

  private static ThreadNotes notes(SessionMeta meta, long ordinal) {
    var metadata = meta.options().metadata();
    var name = meta.options().name();
    return ThreadNotes.ofName(name, name == null ? null : meta.createdAt(), ordinal)
        .plus(ThreadNotes.ofMetadata(RawJson.text(metadata), ordinal));
  }

  /// The model of a thread: Codex states it with each turn and with each change, not in the first
  /// line.
  private static final class ModelName {
    private static final String SETTINGS_APPLIED = "thread_settings_applied";

    private boolean told;
    private @Nullable String last;

    /// In a thread of Rollbook's own, items that a client sends do not change the model.
    void begin(boolean own) {
      told = own;
    }

    void add(String type, JsonNode payload) {
      if (!told) {
        switch (type) {
          case ItemTypes.TURN_CONTEXT -> use(payload);
          case ItemTypes.EVENT -> event(payload);
          default -> {}
        }
      }
    }

    @Nullable String of(SessionMeta meta) {
      return last == null || told ? meta.options().model() : last;
    }

    private void event(JsonNode payload) {
      if (SETTINGS_APPLIED.equals(PayloadJson.text(payload, "type"))) {
        use(payload.path("thread_settings"));
      }
    }

    private void use(JsonNode settings) {
      var model = PayloadJson.text(settings, "model");
      last = model == null ? last : model;
    }
  }
}
