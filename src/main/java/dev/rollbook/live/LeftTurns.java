package dev.rollbook.live;

import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Events;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.stereotype.Component;

/// Turns that a Codex began and left unfinished. They end in the rows alone: the rollout is a copy
/// of somebody else's and stays what it is, not even opened for it.
@Component
public class LeftTurns {
  private final LiveThreads live;
  private final Rollouts rollouts;
  private final TurnRows turns;
  private final ThreadRows threads;
  private final Events events;
  private final Clock clock;

  LeftTurns(
      LiveThreads live,
      Rollouts rollouts,
      TurnRows turns,
      ThreadRows threads,
      Events events,
      Clock clock) {
    this.live = live;
    this.rollouts = rollouts;
    this.turns = turns;
    this.threads = threads;
    this.events = events;
    this.clock = clock;
  }

  /// Whether the first line of the turn is there and not Rollbook's own. Into a rollout that is
  /// missing nothing can be written either way.
  ///
  /// @throws IOException if the rollout cannot be read
  public boolean isLeftByOthers(ThreadRow thread, TurnRow turn) throws IOException {
    var ref = rollouts.ref(new ThreadId(thread.id()), thread.rolloutPath());
    var first = new OrdinalRange(turn.firstOrdinal(), turn.firstOrdinal());
    var left = new AtomicBoolean();
    try {
      rollouts.forEach(
          ref,
          thread.orderedBytes(),
          first,
          line -> left.compareAndSet(false, TurnMarker.isBegunByOthers(line)));
    } catch (NoSuchFileException gone) {
      return false;
    }
    return left.get();
  }

  /// @throws dev.rollbook.model.RollbookException if the thread is not there any more
  public void end(ThreadId thread, TurnId turn, TurnEnd end) {
    if (!live.whileUnloaded(thread, () -> endRow(thread, turn, end))) {
      live.with(thread, loaded -> loaded.end(turn, end, false));
    }
  }

  private void endRow(ThreadId thread, TurnId turn, TurnEnd end) {
    var now = clock.instant();
    var error = end.error() == null ? null : end.error().toString();
    turns.end(thread.value(), turn.value(), end.status().wireName(), now, error);
    if (threads.endTurn(thread.value(), turn.value()) == 1) {
      events.publish(new TurnCompleted(thread, turn, end.status(), end.error(), end.usage()), now);
    }
  }
}
