package dev.rollbook.history;

import dev.rollbook.history.RunningTurn.Origin;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Finds the turns of one rollout, line by line: those in Rollbook's own frames, those that Codex
/// frames, and those that an old Codex did not frame at all.
final class TurnFold {
  private final ThreadId thread;

  /// All but the one that is running, in the order of their start.
  private final Map<TurnId, TurnFacts> turns = new LinkedHashMap<>();

  private final Map<String, TurnId> named = new HashMap<>();
  private final Set<TurnId> takingRecords = new HashSet<>();
  private final Set<TurnId> changed = new LinkedHashSet<>();
  private @Nullable RunningTurn running;
  private boolean framed;
  private Usage total = Usage.NONE;
  private Usage ownUsage = Usage.NONE;
  private Usage inheritedUsage = Usage.NONE;

  TurnFold(ThreadId thread) {
    this.thread = thread;
  }

  void add(SeenLine seen) {
    if (running != null && running.isImplied() && !seen.fromCodex()) {
      close(running.facts(), running.usage().takesRecords());
    }
    switch (seen.line().type()) {
      case ItemTypes.EVENT -> event(seen);
      case ItemTypes.TOKEN_USAGE_RECORD -> {
        inTurn(seen);
        record(seen);
      }
      default -> inTurn(seen);
    }
  }

  List<TurnFacts> facts() {
    var all = new ArrayList<>(turns.values());
    if (running != null) {
      all.add(running.facts());
    }
    return all;
  }

  /// Turns that began, grew or ended since this was last asked, in the order of their start.
  List<TurnFacts> takeChanged() {
    var facts =
        changed.stream()
            .map(this::facts)
            .sorted(Comparator.comparingLong(TurnFacts::firstOrdinal))
            .toList();
    changed.clear();
    return facts;
  }

  Usage ownUsage() {
    return running == null || running.isInherited() ? ownUsage : ownUsage.plus(usedSoFar());
  }

  Usage inheritedUsage() {
    return running == null || !running.isInherited()
        ? inheritedUsage
        : inheritedUsage.plus(usedSoFar());
  }

  private Usage usedSoFar() {
    return running == null ? Usage.NONE : Usage.of(running.facts().usage());
  }

  private TurnFacts facts(TurnId id) {
    return running != null && running.id().equals(id)
        ? running.facts()
        : Objects.requireNonNull(turns.get(id));
  }

  private void event(SeenLine seen) {
    var type = Payload.text(seen.payload(), "type");
    switch (type == null ? "" : type) {
      case TurnFrame.STARTED, CodexEvents.TURN_STARTED -> started(seen);
      case TurnFrame.COMPLETE, CodexEvents.TURN_COMPLETE -> completed(seen);
      case TurnFrame.ABORTED -> aborted(seen);
      case CodexEvents.USER_MESSAGE -> userMessage(seen);
      case CodexEvents.TOKEN_COUNT -> {
        inTurn(seen);
        count(seen.payload().path("info"));
      }
      case CodexEvents.ERROR -> inTurn(seen, CodexEvents.error(seen.line().payload()));
      default -> inTurn(seen, null);
    }
  }

  private void inTurn(SeenLine seen) {
    if (running != null) {
      running.add(seen);
      changed.add(running.id());
    }
  }

  private void inTurn(SeenLine seen, @Nullable RawJson error) {
    inTurn(seen);
    if (running != null) {
      running.event(error);
    }
  }

  /// Inside a frame of Rollbook's own, a frame that a client sent is an item like any other.
  private void started(SeenLine seen) {
    boolean own = TurnFrame.isOwn(seen.payload());
    var name = Payload.text(seen.payload(), TurnFrame.TURN_ID);
    var said = TurnFrame.turnId(seen.payload());
    var id = said.isEmpty() && seen.fromCodex() && !own ? Optional.of(derivedId(seen, name)) : said;
    if (id.isEmpty() || (running != null && running.isOwn() && !own) || isKnown(id.get())) {
      inTurn(seen, null);
      return;
    }
    giveWay(seen);
    framed = true;
    if (name != null && !id.equals(said)) {
      named.put(name, id.get());
    }
    begin(seen, id.get(), own ? Origin.ROLLBOOK : Origin.CODEX, name);
  }

  /// Only a Codex that frames no turns leaves it to others to see where one begins.
  private void userMessage(SeenLine seen) {
    if (framed || !seen.fromCodex() || (running != null && !running.isImplied())) {
      inTurn(seen, null);
      return;
    }
    giveWay(seen);
    begin(seen, derivedId(seen, null), Origin.IMPLIED, null);
  }

  private TurnId derivedId(SeenLine seen, @Nullable String name) {
    var words = name == null ? "ordinal " + seen.ordinal() : "turn " + name;
    return TurnId.derived(seen.at(), thread + " " + words);
  }

  private void begin(SeenLine seen, TurnId id, Origin origin, @Nullable String name) {
    var start =
        new TurnFacts(
            id,
            TurnStatus.IN_PROGRESS,
            seen.at(),
            null,
            seen.ordinal(),
            seen.ordinal(),
            1,
            null,
            null,
            origin == Origin.IMPLIED ? null : Payload.raw(seen.line().payload(), "metadata"),
            origin == Origin.ROLLBOOK);
    running = new RunningTurn(start, origin, name, new TurnUsage(total));
    inTurn(seen);
  }

  /// Nobody ends a turn of a Codex that was killed: it was over when the next one begins. How one
  /// of Rollbook's own ended, its row knows.
  private void giveWay(SeenLine next) {
    if (running == null) {
      return;
    }
    var soFar = running.facts();
    boolean killed = !running.isOwn() && !running.isImplied();
    close(
        killed ? running.ended(TurnStatus.INTERRUPTED, next.before(), null, soFar.usage()) : soFar,
        !running.isOwn() && running.usage().takesRecords());
  }

  private void completed(SeenLine seen) {
    inTurn(seen, null);
    if (running == null || !running.isEndedBy(seen)) {
      return;
    }
    var payload = seen.line().payload();
    var said = TurnFrame.completion(payload, seen.payload());
    var error = TurnFrame.error(payload);
    boolean silent = error == null && Payload.text(seen.payload(), TurnFrame.STATUS) == null;
    var failure = silent ? running.failure(seen) : null;
    end(seen, failure == null ? said : TurnStatus.FAILED, failure == null ? error : failure);
  }

  private void aborted(SeenLine seen) {
    inTurn(seen, null);
    if (running == null) {
      return;
    }
    if (running.isImplied()) {
      running.abort();
    } else if (running.isEndedBy(seen)) {
      end(seen, TurnStatus.INTERRUPTED, TurnFrame.error(seen.line().payload()));
    }
  }

  private void end(SeenLine seen, TurnStatus status, @Nullable RawJson error) {
    var ending = Objects.requireNonNull(running);
    var said = TurnFrame.usage(seen.line().payload());
    var usage = said == null ? ending.facts().usage() : said;
    close(
        ending.ended(status, seen.at(), error, usage),
        said == null && !ending.isOwn() && ending.usage().takesRecords());
  }

  private void close(TurnFacts ended, boolean takesRecords) {
    turns.put(ended.id(), ended);
    changed.add(ended.id());
    if (takesRecords) {
      takingRecords.add(ended.id());
    }
    use(Objects.requireNonNull(running).isInherited(), Usage.of(ended.usage()));
    running = null;
  }

  private void use(boolean inherited, Usage usage) {
    if (inherited) {
      inheritedUsage = inheritedUsage.plus(usage);
    } else {
      ownUsage = ownUsage.plus(usage);
    }
  }

  /// A response may be put on record when its turn is over.
  private void record(SeenLine seen) {
    var usage = Usage.of(seen.payload().path("usage"));
    var about = about(seen.payload());
    if (about != null && takingRecords.contains(about)) {
      turns.computeIfPresent(
          about, (id, turn) -> turn.withUsage(Usage.of(turn.usage()).plus(usage).rawJson()));
      changed.add(about);
      use(seen.inherited(), usage);
    } else if (running != null && !running.isOwn() && running.id().equals(about)) {
      running.usage().record(usage);
    }
  }

  /// The turn that a line names; one that is implied has no name that it could say.
  private @Nullable TurnId about(JsonNode payload) {
    var name = Payload.text(payload, TurnFrame.TURN_ID);
    if (running != null && (name == null || running.isImplied())) {
      return running.id();
    }
    return name == null ? null : TurnFrame.turnId(payload).orElseGet(() -> named.get(name));
  }

  private void count(JsonNode info) {
    var told = info.path("total_token_usage");
    if (told.isObject()) {
      var newTotal = Usage.of(told);
      if (running != null && !running.isOwn()) {
        var last = Usage.of(info.path("last_token_usage"));
        running.usage().count(newTotal, last, !newTotal.isSame(total));
      }
      total = newTotal;
    }
  }

  private boolean isKnown(TurnId id) {
    return turns.containsKey(id) || (running != null && running.id().equals(id));
  }
}
