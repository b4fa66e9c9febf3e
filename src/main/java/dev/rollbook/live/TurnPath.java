package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.Events;
import dev.rollbook.live.AppendPath.Origin;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.statedb.TurnRow;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Begins and ends turns, with the frames that its history has around them. Guarded by the thread.
final class TurnPath {
  private final LiveState state;
  private final Recorder recorder;
  private final AppendPath path;
  private final Events events;
  private final Clock clock;

  TurnPath(LiveState state, Recorder recorder, AppendPath path, Events events, Clock clock) {
    this.state = state;
    this.recorder = recorder;
    this.path = path;
    this.events = events;
    this.clock = clock;
  }

  /// @param insert is given the row before anything is written, and throws if it cannot take it
  TurnRow begin(
      TurnId turn, @Nullable RawJson metadata, List<RolloutItem> input, Consumer<TurnRow> insert) {
    recorder.requireThread();
    var now = clock.instant();
    var row = LiveTurn.begin(state.id(), turn, now, state.nextOrdinal(), metadata);
    insert.accept(row);
    recorder.reopen();
    var begun = new LiveTurn(row);
    state.begin(begun);
    var items = new ArrayList<RolloutItem>(input.size() + 1);
    items.add(TurnMarker.started(turn, now, metadata));
    items.addAll(input);
    writeStart(items, new TurnStarted(state.id(), turn));
    return begun.row();
  }

  /// Empty if the turn is not the one in progress. That of a deleted thread leaves no trace.
  ///
  /// @param written false leaves the rollout, and the thread's age, as it is
  Optional<TurnRow> end(TurnId turn, TurnEnd given, boolean written) {
    var ending = state.active();
    if (ending == null || !ending.is(turn)) {
      return Optional.empty();
    }
    var end = ending.withStreamedUsage(given);
    var now = clock.instant();
    var told = new TurnCompleted(state.id(), turn, end.status(), end.error(), end.usage());
    if (!written || recorder.isThreadDeleted()) {
      events.publish(told, now);
    } else {
      writeEnd(TurnMarker.ended(turn, ending.startedAt(), now, end), told);
    }
    state.end(ending, end, now);
    state.changed(written ? now : state.updatedAt());
    return Optional.of(ending.row());
  }

  private void writeStart(List<RolloutItem> items, Event told) {
    try {
      path.write(items, null, Origin.ROLLBOOK, told);
    } catch (PersistenceUnavailable refused) {
      state.undoBegin();
      throw refused;
    }
  }

  /// A turn ends whatever the disk says: the skip has been told, and the row knows of the end.
  private void writeEnd(RolloutItem frame, Event told) {
    try {
      path.write(List.of(frame), null, Origin.FRAME, told);
    } catch (PersistenceUnavailable refused) {
      events.publish(told, clock.instant());
      state.changed();
    }
  }
}
