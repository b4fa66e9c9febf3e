package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold.SeenLine;
import dev.rollbook.projection.RunningTurn.StartedBy;
import dev.rollbook.text.RawJson;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Folds the lines of a rollout into the facts of its turns. A turn has markers of Rollbook or of
/// Codex, except for turns of an old Codex, which wrote no markers.
///
/// A turn of Codex may lack an end marker. If another turn follows, this class ends the turn where
/// the other turn begins. If no turn follows, nothing in the rollout ends the turn, and
/// `turn.AbandonedTurns` ends it in its row after `rollbook.turn.abandoned-after`. If a fork copies
/// only a part of such a turn, `thread.ForkService` ends the copied turn.
final class TurnFold {
  private final ThreadId thread;

  /// All turns except the running one, ordered by start.
  private final Map<TurnId, TurnFacts> turns = new LinkedHashMap<>();

  private final Map<String, TurnId> named = new HashMap<>();
  private final Set<TurnId> turnsWithLateRecords = new HashSet<>();
  private final Set<TurnId> changed = new LinkedHashSet<>();

  /// Turns of Codex that were interrupted by another turn without an end marker, which may still
  /// follow: Codex runs a review as a turn within a turn.
  private final Map<TurnId, Suspended> suspended = new LinkedHashMap<>();

  private @Nullable RunningTurn running;
  private boolean hasMarkers;
  private boolean paginated;
  private TokenUsage total = TokenUsage.NONE;
  private TokenUsage ownUsage = TokenUsage.NONE;
  private TokenUsage inheritedUsage = TokenUsage.NONE;

  TurnFold(ThreadId thread) {
    this.thread = thread;
  }

  /// @param total token counter of the thread when the turn was interrupted
  private record Suspended(RunningTurn turn, TokenUsage total) {}

  /// @param paginatedFile whether every event names its turn
  void begin(boolean paginatedFile) {
    paginated = paginatedFile;
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
      default -> {
        inTurn(seen);
        stream(seen);
      }
    }
  }

  /// Output of another agent, within a turn or outside of turns.
  private void stream(SeenLine seen) {
    var stream = AgentStream.of(seen.line().type());
    if (stream == null) {
      return;
    }
    var usage = stream.usage(seen.payload());
    if (running == null) {
      use(seen.inherited(), usage);
    } else if (running.isOwn()) {
      running.usage().record(usage);
    }
  }

  /// All turns, ordered by start.
  List<TurnFacts> facts() {
    var all = new ArrayList<>(turns.values());
    if (running != null) {
      all.add(running.facts());
    }
    all.sort(Comparator.comparingLong(TurnFacts::firstOrdinal));
    return all;
  }

  @Nullable TurnFacts running() {
    return running == null ? null : running.facts();
  }

  /// Turns that began, grew or ended since the last call, ordered by start.
  List<TurnFacts> takeChanged() {
    var facts =
        changed.stream()
            .map(this::facts)
            .sorted(Comparator.comparingLong(TurnFacts::firstOrdinal))
            .toList();
    changed.clear();
    return facts;
  }

  TokenUsage ownUsage() {
    return withOpenTurns(ownUsage, false);
  }

  TokenUsage inheritedUsage() {
    return withOpenTurns(inheritedUsage, true);
  }

  private TokenUsage withOpenTurns(TokenUsage ended, boolean inherited) {
    return Stream.concat(
            suspended.values().stream().map(Suspended::turn), Stream.ofNullable(running))
        .filter(turn -> turn.isInherited() == inherited)
        .map(turn -> TokenUsage.of(turn.facts().usage()))
        .reduce(ended, TokenUsage::plus);
  }

  private TurnFacts facts(TurnId id) {
    return running != null && running.id().equals(id)
        ? running.facts()
        : Objects.requireNonNull(turns.get(id));
  }

  private void event(SeenLine seen) {
    var type = PayloadJson.text(seen.payload(), "type");
    resumeInterrupted(seen);
    if (seen.fromCodex() && TurnMarker.isReviewEntered(seen.payload())) {
      started(seen);
      return;
    }
    switch (type == null ? "" : type) {
      case TurnMarker.STARTED, TurnMarker.TURN_STARTED -> started(seen);
      case TurnMarker.COMPLETE, TurnMarker.TURN_COMPLETE -> completed(seen);
      case TurnMarker.ABORTED -> aborted(seen);
      case ItemTypes.USER_MESSAGE -> userMessage(seen);
      case ItemTypes.TOKEN_COUNT -> {
        inTurn(seen);
        count(seen.payload().path("info"));
      }
      case ItemTypes.ERROR -> inTurn(seen, TurnMarker.errorOfEvent(seen.line().payload()));
      default -> inTurn(seen, null);
    }
  }

  /// An event that names an interrupted turn continues that turn.
  private void resumeInterrupted(SeenLine seen) {
    var id =
        suspended.isEmpty() ? null : named(PayloadJson.text(seen.payload(), TurnMarker.TURN_ID));
    if (id != null && suspended.containsKey(id) && (running == null || !running.isOwn())) {
      interrupt(seen);
      var back = Objects.requireNonNull(suspended.remove(id));
      turns.remove(id);
      running = back.turn();
      running.usage().resume(back.total(), total);
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

  /// Within a turn of Rollbook's own, a marker that a client sent is an item like any other.
  private void started(SeenLine seen) {
    boolean own = TurnMarker.isOwn(seen.payload());
    var name = PayloadJson.text(seen.payload(), TurnMarker.TURN_ID);
    var said = TurnMarker.turnId(seen.payload());
    var id = said.isEmpty() && seen.fromCodex() && !own ? Optional.of(derivedId(seen, name)) : said;
    if (id.isEmpty() || (running != null && running.isOwn() && !own) || isKnown(id.get())) {
      inTurn(seen, null);
      return;
    }
    interrupt(seen);
    hasMarkers = true;
    if (name != null && !id.equals(said)) {
      named.put(name, id.get());
    }
    begin(seen, id.get(), own ? StartedBy.ROLLBOOK : StartedBy.CODEX, name);
  }

  /// Only if Codex writes no markers does a user message begin a turn.
  private void userMessage(SeenLine seen) {
    if (hasMarkers || !seen.fromCodex() || (running != null && !running.isImplied())) {
      inTurn(seen, null);
      return;
    }
    interrupt(seen);
    begin(seen, derivedId(seen, null), StartedBy.IMPLIED, null);
  }

  private TurnId derivedId(SeenLine seen, @Nullable String name) {
    var words = name == null ? "ordinal " + seen.ordinal() : "turn " + name;
    return TurnId.derived(seen.at(), thread + " " + words);
  }

  private void begin(SeenLine seen, TurnId id, StartedBy startedBy, @Nullable String name) {
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
            startedBy == StartedBy.IMPLIED
                ? null
                : PayloadJson.raw(seen.line().payload(), "metadata"),
            startedBy == StartedBy.ROLLBOOK);
    running = new RunningTurn(start, startedBy, name, total);
    inTurn(seen);
  }

  /// Ends the running turn because another one begins: a Codex that was killed wrote no end marker.
  /// Without a next turn, `AbandonedTurns` ends the row. How a turn of Rollbook's own ended is in
  /// its row.
  private void interrupt(SeenLine next) {
    if (running == null) {
      return;
    }
    var soFar = running.facts();
    if (running.isOwn() || running.isImplied()) {
      close(soFar, !running.isOwn() && running.usage().takesRecords());
      return;
    }
    var id = running.id();
    turns.put(id, running.ended(TurnStatus.INTERRUPTED, next.before(), null, soFar.usage()));
    changed.add(id);
    suspended.put(id, new Suspended(running, total));
    running = null;
  }

  private void completed(SeenLine seen) {
    var ending = takeEnd(seen);
    if (ending == null) {
      return;
    }
    var payload = seen.line().payload();
    var said = TurnMarker.completion(payload, seen.payload());
    var error = TurnMarker.error(payload);
    boolean silent = error == null && PayloadJson.text(seen.payload(), TurnMarker.STATUS) == null;
    var failure = silent ? ending.failure(seen) : null;
    end(seen, failure == null ? said : TurnStatus.FAILED, failure == null ? error : failure);
  }

  private void aborted(SeenLine seen) {
    var ending = takeEnd(seen);
    if (running != null && running.isImplied()) {
      running.abort();
    } else if (ending != null) {
      end(seen, TurnStatus.INTERRUPTED, TurnMarker.error(seen.line().payload()));
    }
  }

  /// @return the running turn, if this is its end
  private @Nullable RunningTurn takeEnd(SeenLine seen) {
    boolean unknown = isUnknownEnd(seen);
    if (unknown && paginated) {
      started(seen);
    } else {
      inTurn(seen, null);
    }
    return running != null && (unknown || running.isEndedBy(seen)) ? running : null;
  }

  /// Whether this ends, while another turn runs, a turn without a start marker. Codex reads that as
  /// a turn of its own in a paginated file, and as the end of the running turn in a legacy file.
  private boolean isUnknownEnd(SeenLine seen) {
    var name = PayloadJson.text(seen.payload(), TurnMarker.TURN_ID);
    boolean ofCodex = seen.fromCodex() && !TurnMarker.isOwn(seen.payload());
    boolean runs = running != null && !running.isOwn() && !running.isImplied();
    return name != null && ofCodex && runs && !isKnown(name);
  }

  private void end(SeenLine seen, TurnStatus status, @Nullable RawJson error) {
    var ending = Objects.requireNonNull(running);
    var said = TurnMarker.usage(seen.line().payload());
    var usage = said == null ? ending.facts().usage() : said;
    close(
        ending.ended(status, seen.at(), error, usage),
        said == null && !ending.isOwn() && ending.usage().takesRecords());
  }

  private void close(TurnFacts ended, boolean takesRecords) {
    turns.put(ended.id(), ended);
    changed.add(ended.id());
    if (takesRecords) {
      turnsWithLateRecords.add(ended.id());
    }
    use(Objects.requireNonNull(running).isInherited(), TokenUsage.of(ended.usage()));
    running = null;
  }

  private void use(boolean inherited, TokenUsage usage) {
    if (inherited) {
      inheritedUsage = inheritedUsage.plus(usage);
    } else {
      ownUsage = ownUsage.plus(usage);
    }
  }

  /// The usage of a response may be recorded after its turn has ended.
  private void record(SeenLine seen) {
    var usage = TokenUsage.of(seen.payload().path("usage"));
    var about = about(seen.payload());
    if (about != null && turnsWithLateRecords.contains(about)) {
      turns.computeIfPresent(
          about, (id, turn) -> turn.withUsage(TokenUsage.of(turn.usage()).plus(usage).rawJson()));
      changed.add(about);
      use(seen.inherited(), usage);
    } else if (about != null && suspended.containsKey(about)) {
      recordLate(Objects.requireNonNull(suspended.get(about)).turn(), usage);
    } else if (running != null && !running.isOwn() && running.id().equals(about)) {
      running.usage().record(usage);
    }
  }

  private void recordLate(RunningTurn turn, TokenUsage usage) {
    if (turn.usage().takesRecords()) {
      turn.usage().record(usage);
      turns.computeIfPresent(turn.id(), (id, facts) -> facts.withUsage(turn.usage().json()));
      changed.add(turn.id());
    }
  }

  /// The turn that a line names; an implied turn has no name.
  private @Nullable TurnId about(JsonNode payload) {
    var name = PayloadJson.text(payload, TurnMarker.TURN_ID);
    if (running != null && (name == null || running.isImplied())) {
      return running.id();
    }
    return named(name);
  }

  private @Nullable TurnId named(@Nullable String name) {
    return name == null ? null : TurnMarker.parse(name).orElseGet(() -> named.get(name));
  }

  private void count(JsonNode info) {
    var told = info.path("total_token_usage");
    if (told.isObject()) {
      var newTotal = TokenUsage.of(told);
      if (running != null && !running.isOwn()) {
        var last = TokenUsage.of(info.path("last_token_usage"));
        running.usage().count(newTotal, last, !newTotal.isSame(total));
      }
      total = newTotal;
    }
  }

  private boolean isKnown(String name) {
    var id = named(name);
    return id != null && isKnown(id);
  }

  private boolean isKnown(TurnId id) {
    return turns.containsKey(id) || (running != null && running.id().equals(id));
  }
}
