package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.Appender.Author;
import dev.rollbook.live.LiveThreadLock.StaleThreadException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.text.RawJson;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Starts and ends turns, and writes their turn markers to the rollout. Caller must hold the thread
/// lock.
record TurnLifecycle(
    LiveState state, RolloutRecorder recorder, Appender appender, EventBus events, Clock clock) {

  /// @param insert inserts the row before anything is written; throws to cancel the turn, and
  ///   returns false if another replica has taken over the thread
  /// @param remove removes the row again if nothing was written: else the next attempt, here or at
  ///   another replica, would take the turn for one that was started before
  TurnRow begin(
      TurnId turn,
      @Nullable RawJson metadata,
      List<RolloutItem> input,
      Predicate<TurnRow> insert,
      Consumer<TurnRow> remove) {
    recorder.requireThread();
    recorder.requireCurrent();
    var now = clock.instant();
    var row = LiveTurn.begin(state.id(), turn, now, state.nextOrdinal(), metadata);
    if (!insert.test(row)) {
      throw new StaleThreadException();
    }
    recorder.reopen();
    var begun = new LiveTurn(row);
    state.begin(begun);
    var items = new ArrayList<RolloutItem>(input.size() + 1);
    items.add(TurnMarker.started(turn, now, metadata));
    items.addAll(input);
    try {
      writeStart(items, new TurnStarted(state.id(), turn));
    } catch (StaleThreadException | PersistenceUnavailable e) {
      remove.accept(row);
      throw e;
    }
    return begun.row();
  }

  /// Empty if the turn is not the one in progress. Nothing is written for a deleted thread.
  ///
  /// @param written false leaves the rollout and `updatedAt` of the thread unchanged
  Optional<TurnRow> end(TurnId turn, TurnResult given, boolean written) {
    var ending = state.active();
    if (ending == null || !ending.is(turn)) {
      return Optional.empty();
    }
    var end = ending.withStreamedUsage(given);
    var now = clock.instant();
    var event = new TurnCompleted(state.id(), turn, end.status(), end.error(), end.usage());
    if (!written || recorder.isThreadDeleted()) {
      events.publish(state.owner(), event, now);
    } else {
      writeEnd(TurnMarker.ended(turn, ending.startedAt(), now, end), event);
    }
    state.end(ending, end, now);
    state.changed(written ? now : state.updatedAt());
    return Optional.of(ending.row());
  }

  private void writeStart(List<RolloutItem> items, Event event) {
    try {
      appender.write(items, null, Author.ROLLBOOK, event);
    } catch (PersistenceUnavailable e) {
      state.undoBegin();
      throw e;
    }
  }

  /// A turn ends even if its marker cannot be written: the skip is recorded, and the row has the
  /// end.
  private void writeEnd(RolloutItem marker, Event event) {
    try {
      appender.write(List.of(marker), null, Author.TURN_MARKER, event);
    } catch (PersistenceUnavailable e) {
      events.publish(state.owner(), event, clock.instant());
      state.changed();
    }
  }
}
