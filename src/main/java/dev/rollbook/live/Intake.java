package dev.rollbook.live;

import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;

/// Takes in lines that another program wrote of the thread, turns and all. Guarded by the thread.
///
/// Nothing is skipped: whoever brings them has them, and brings them again.
final class Intake {
  private final LiveState state;
  private final Recorder recorder;
  private final AppendPath path;
  private final LiveServices services;

  /// Where memory is short it is read again.
  private SoftReference<HistoryFold> fold = new SoftReference<>(null);

  private long foldedTo;
  private long foldedRepairs;

  Intake(LiveState state, Recorder recorder, AppendPath path, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.path = path;
    this.services = services;
  }

  /// @throws PersistenceUnavailable if they cannot be written; then none of them is
  void take(List<ForeignLine> brought) {
    recorder.requireThread();
    var history = upToDate();
    var lines = placed(brought, history.nextOrdinal());
    write(lines);
    if (lines.stream().anyMatch(line -> !line.line().numbered())) {
      recorder.lostOrder();
    }
    var lacking = lacking(lines);
    for (var line : lines) {
      history.add(line.line());
      path.holds(line.line());
    }
    var changed = history.takeChangedTurns();
    var now = services.clock().instant();
    history.facts(0).ifPresent(facts -> state.took(facts, rows(changed), lacking.size(), now));
    services.gaps().wroteBehind(state.id());
    foldedTo = state.nextOrdinal();
    foldedRepairs = state.repairs();
    lacking.forEach(services.gaps()::addHole);
    new ForeignNews(services.events(), state.id(), services.clock().instant())
        .publish(lines, lacking, changed);
  }

  /// What the rollout says so far; read again where others wrote it meanwhile.
  private HistoryFold upToDate() {
    var known = fold.get();
    boolean current = foldedTo == state.nextOrdinal() && foldedRepairs == state.repairs();
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
    } catch (IOException unreadable) {
      throw StorageFaults.unavailable(state.id(), unreadable);
    }
    history.takeChangedTurns();
    return history;
  }

  /// @param written the ordinal behind the last line of the rollout
  private List<ForeignLine> placed(List<ForeignLine> brought, long written) {
    var lines = new ArrayList<ForeignLine>(brought.size());
    long next = state.nextOrdinal();
    boolean gap = written < next;
    for (var line : brought) {
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
    var pending = path.pending().run();
    var refusal = pending.isPresent() ? pending : recorder.write(bytes.take());
    if (refusal.isPresent()) {
      throw refusal.get().problem(state.id());
    }
  }

  /// Ordinals that their order leaves out.
  private List<GapRow> lacking(List<ForeignLine> lines) {
    var gaps = new ArrayList<GapRow>();
    long next = state.nextOrdinal();
    for (var line : lines) {
      long place = line.line().ordinal();
      if (place > next) {
        gaps.add(
            GapRow.open(
                state.id().value(), null, next, place, GapRow.UNKNOWN, services.clock().instant()));
      }
      next = place + 1;
    }
    return gaps;
  }

  private List<TurnRow> rows(List<TurnFacts> turns) {
    return turns.stream().map(turn -> Rebuild.turnRow(state.id().value(), turn)).toList();
  }
}
