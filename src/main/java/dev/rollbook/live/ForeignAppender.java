package dev.rollbook.live;

import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.live.RolloutRecorder.Refusal;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.ForeignLine;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Appends lines that another program wrote for the thread, and records the turns in these lines.
/// Caller must hold the thread lock.
///
/// A failed write is not recorded as a skip, because the caller still has the lines and will send
/// them again.
final class ForeignAppender {
  private final LiveState state;
  private final RolloutRecorder recorder;
  private final RetryQueue queue;
  private final RecentItemIds ids;
  private final LiveServices services;

  /// Fold of the rollout; read again if the garbage collector cleared it.
  private SoftReference<HistoryFold> fold = new SoftReference<>(null);

  private long foldedTo;
  private long foldedRepairs;
  private int foldedLosses;

  ForeignAppender(
      LiveState state,
      RolloutRecorder recorder,
      RetryQueue queue,
      RecentItemIds ids,
      LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.queue = queue;
    this.ids = ids;
    this.services = services;
  }

  /// @throws PersistenceUnavailable if the lines cannot be written; then none of them is
  void append(List<ForeignLine> given) {
    recorder.requireThread();
    require(queue.flush());
    recorder.whileOpen(() -> appendToOpen(given));
  }

  /// Caller must keep the file open.
  private void appendToOpen(List<ForeignLine> given) {
    var history = currentFold();
    var lines = withOrdinals(given, history.nextOrdinal());
    write(lines);
    if (lines.stream().anyMatch(line -> !line.line().numbered())) {
      recorder.lostOrder();
    }
    var holes = holes(lines);
    for (var line : lines) {
      history.add(line.line());
      ids.add(line.line());
    }
    var turns = history.takeChangedTurns();
    var now = services.clock().instant();
    history.facts(0).ifPresent(facts -> state.took(facts, rows(turns), holes.size(), now));
    services.gaps().wroteBehind(state.id());
    foldedTo = state.nextOrdinal();
    foldedRepairs = state.repairs();
    foldedLosses = recorder.losses();
    holes.forEach(services.gaps()::addHole);
    publish(lines, holes, turns, services.clock().instant());
  }

  /// Fold of the rollout so far; read again if others wrote to it since.
  private HistoryFold currentFold() {
    var known = fold.get();
    boolean current =
        foldedTo == state.nextOrdinal()
            && foldedRepairs == state.repairs()
            && foldedLosses == recorder.losses();
    if (known != null && current) {
      return known;
    }
    var read = read();
    fold = new SoftReference<>(read);
    return read;
  }

  private HistoryFold read() {
    var history =
        HistoryFold.of(
            state.id(), services.clock().instant(), services.parents(), state.inheritedThrough());
    try (var reader = services.rollouts().read(recorder.rollout())) {
      for (var line = reader.next(); line != null; line = reader.next()) {
        history.add(line);
      }
    } catch (IOException e) {
      throw StorageFaults.unavailable(state.id(), e);
    }
    history.takeChangedTurns();
    return history;
  }

  /// @param written the ordinal after the last line of the rollout
  private List<ForeignLine> withOrdinals(List<ForeignLine> given, long written) {
    var lines = new ArrayList<ForeignLine>(given.size());
    long next = state.nextOrdinal();
    boolean gap = written < next;
    for (var line : given) {
      var placed = line.placed(next, gap);
      lines.add(placed);
      next = placed.line().ordinal() + 1;
      gap = false;
    }
    return lines;
  }

  private void write(List<ForeignLine> lines) {
    var bytes = new EncodedLines.Builder();
    lines.forEach(line -> bytes.add(line.raw()));
    require(recorder.write(bytes.take()));
  }

  private void require(Optional<Refusal> refusal) {
    if (refusal.isPresent()) {
      throw refusal.get().problem(state.id());
    }
  }

  /// Ordinals that are missing between the lines.
  private List<GapRow> holes(List<ForeignLine> lines) {
    var gaps = new ArrayList<GapRow>();
    long next = state.nextOrdinal();
    for (var line : lines) {
      long ordinal = line.line().ordinal();
      if (ordinal > next) {
        gaps.add(
            GapRow.open(
                state.id().value(),
                null,
                next,
                ordinal,
                GapRow.UNKNOWN,
                services.clock().instant()));
      }
      next = ordinal + 1;
    }
    return gaps;
  }

  private List<TurnRow> rows(List<TurnFacts> turns) {
    return turns.stream().map(turn -> RowRebuilder.turnRow(state.id().value(), turn)).toList();
  }

  /// Publishes the same events as for lines of clients: items in order, between the events of their
  /// turns.
  private void publish(
      List<ForeignLine> lines, List<GapRow> holes, List<TurnFacts> turns, Instant now) {
    var events = services.events();
    var owner = state.owner();
    long first = lines.getFirst().line().ordinal();
    turns.stream()
        .filter(turn -> hasEnded(turn) && turn.lastOrdinal() < first)
        .forEach(turn -> events.publish(owner, ended(turn), now));
    for (var line : lines) {
      long ordinal = line.line().ordinal();
      holes.stream()
          .filter(hole -> hole.nextOrdinal() == ordinal)
          .forEach(hole -> events.publish(owner, gap(hole), now));
      turns.stream()
          .filter(turn -> turn.firstOrdinal() == ordinal)
          .forEach(turn -> events.publish(owner, new TurnStarted(state.id(), turn.id()), now));
      turns.stream()
          .filter(turn -> hasEnded(turn) && turn.lastOrdinal() == ordinal)
          .forEach(turn -> events.publish(owner, ended(turn), now));
      events.publishItems(
          state.id(),
          () ->
              new ItemsAppended(
                  state.id(), ordinal, List.of(line.numberedBytes()), true, null, null));
    }
  }

  private Gap gap(GapRow hole) {
    return new Gap(
        state.id(),
        hole.id(),
        null,
        hole.firstOrdinal(),
        hole.nextOrdinal() - 1,
        hole.reason(),
        false);
  }

  private TurnCompleted ended(TurnFacts turn) {
    return new TurnCompleted(state.id(), turn.id(), turn.status(), turn.error(), turn.usage());
  }

  private static boolean hasEnded(TurnFacts turn) {
    return turn.status() != TurnStatus.IN_PROGRESS;
  }
}
