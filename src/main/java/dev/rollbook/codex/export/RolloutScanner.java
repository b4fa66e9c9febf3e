package dev.rollbook.codex.export;

import dev.rollbook.codex.export.ChatMessage.Audience;
import dev.rollbook.codex.export.ChatMessage.Role;
import dev.rollbook.codex.export.RolloutSummary.OwnTurns;
import dev.rollbook.codex.export.RolloutSummary.Repairs;
import dev.rollbook.codex.export.RolloutSummary.RolloutOrigin;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Single pass over a rollout that collects its [RolloutSummary].
final class RolloutScanner {
  private final ThreadId thread;
  private final JsonMembers meta;
  private final boolean createdHere;
  private final @Nullable Long joinedThrough;
  private @Nullable RolloutLine firstOwn;
  private @Nullable Audience firstUserMessage;

  private final Map<Role, Set<TurnId>> oneSided = new EnumMap<>(Role.class);
  private boolean anyOwnTurn;
  private @Nullable TurnId turn;
  private final Set<Role> shown = EnumSet.noneOf(Role.class);
  private final Set<Role> sent = EnumSet.noneOf(Role.class);
  private final Set<Role> sentPlain = EnumSet.noneOf(Role.class);

  private boolean damaged;
  private boolean numbered;
  private boolean unnumbered;
  private long readable;
  private long lastNumbered = -1;

  private RolloutScanner(ThreadId thread, JsonMembers meta, RolloutLine first) {
    this.thread = thread;
    this.meta = meta;
    this.numbered = first.numbered();
    var own = meta.object("rollbook");
    this.createdHere = own.isPresent();
    this.joinedThrough =
        own.filter(given -> given.isTrue("joined"))
            .map(given -> given.number("inherited_through"))
            .orElse(null);
  }

  /// @throws RolloutUnusable if the first readable line is not a `session_meta`
  static RolloutSummary scan(ThreadId thread, RolloutContent content) throws IOException {
    try (var lines = new VerbatimLines(content.open(), content.reserveMemory())) {
      var first =
          firstReadable(lines)
              .filter(line -> line.type().equals(RolloutSummary.META))
              .orElseThrow(() -> unreadable(thread));
      var meta = JsonMembers.of(first.payload()).orElseThrow(() -> unreadable(thread));
      var scanner = new RolloutScanner(thread, meta, first);
      for (var line = lines.next(); line != null; line = lines.next()) {
        scanner.add(line);
      }
      return scanner.summary();
    }
  }

  private static Optional<RolloutLine> firstReadable(VerbatimLines lines) throws IOException {
    for (var line = lines.next(); line != null; line = lines.next()) {
      var parsed = line.parse();
      if (parsed.isPresent()) {
        return parsed;
      }
    }
    return Optional.empty();
  }

  private static RolloutUnusable unreadable(ThreadId thread) {
    return new RolloutUnusable(thread, ResumeFailure.ROLLOUT_UNREADABLE);
  }

  private void add(VerbatimLines.Line verbatim) {
    damaged |= !verbatim.isText() || verbatim.hasNuls();
    verbatim.parse().ifPresent(this::add);
  }

  private void add(RolloutLine line) {
    unnumbered |= numbered && !line.numbered();
    numbered |= line.numbered();
    lastNumbered = line.numbered() ? readable : lastNumbered;
    readable++;
    if (joinedThrough != null && firstOwn == null && RolloutSummary.isBehind(line, joinedThrough)) {
      firstOwn = line;
    }
    var frame = TurnMarker.own(line);
    if (frame.isPresent()) {
      endTurn();
      turn = frame.get() instanceof TurnMarker.Started started ? started.turn() : null;
      anyOwnTurn = true;
    }
    if (turn != null || (firstUserMessage == null && createdHere)) {
      ChatMessage.in(line).ifPresent(this::add);
    }
  }

  private void add(ChatMessage message) {
    if (firstUserMessage == null
        && createdHere
        && message.role() == Role.USER
        && !message.isSent()) {
      firstUserMessage = message.audience();
    }
    if (turn != null) {
      (message.isSent() ? sent : shown).add(message.role());
      if (message.isSent() && !message.isMarkup()) {
        sentPlain.add(message.role());
      }
    }
  }

  private void endTurn() {
    if (turn != null) {
      for (var role : Role.values()) {
        if (shown.contains(role) ? !sent.contains(role) : sentPlain.contains(role)) {
          oneSided.computeIfAbsent(role, none -> new HashSet<>()).add(turn);
        }
      }
    }
    shown.clear();
    sent.clear();
    sentPlain.clear();
    turn = null;
  }

  private RolloutSummary summary() {
    endTurn();
    var ownMeta =
        Optional.ofNullable(firstOwn)
            .filter(RolloutSummary::isMeta)
            .flatMap(line -> JsonMembers.of(line.payload()))
            .orElse(null);
    var origin =
        ownMeta != null
            ? RolloutOrigin.JOINED
            : createdHere ? RolloutOrigin.ROLLBOOK : RolloutOrigin.CODEX;
    // A fork has no history mode of its own in Rollbook: the form of the first message of a person
    // shows the mode of the copied lines.
    boolean paginated =
        RolloutSummary.PAGINATED.equals(meta.text("history_mode"))
            || firstUserMessage == Audience.SCREEN_ITEM;
    return new RolloutSummary(
        thread,
        meta,
        origin,
        paginated,
        new OwnTurns(anyOwnTurn, oneSided),
        joinedThrough == null ? RolloutLine.NO_ORDINAL : joinedThrough,
        ownMeta,
        new Repairs(damaged, unnumbered, lastNumbered));
  }
}
