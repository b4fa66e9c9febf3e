package dev.rollbook.thread;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import org.springframework.stereotype.Component;

/// Finds where a fork leaves its parent, without opening or changing the parent.
@Component
class ForkPoints {
  private final LiveThreads live;
  private final TurnRows turns;
  private final Gaps gaps;
  private final Rollouts rollouts;
  private final Rebuild rebuild;

  ForkPoints(LiveThreads live, TurnRows turns, Gaps gaps, Rollouts rollouts, Rebuild rebuild) {
    this.live = live;
    this.turns = turns;
    this.gaps = gaps;
    this.rollouts = rollouts;
    this.rebuild = rebuild;
  }

  /// All that lies before the point is whole in the parent's rollout, though it grows meanwhile.
  ///
  /// @throws RollbookException that names what is wrong with the parent or the bound
  ForkPoint find(ThreadId id, NewFork wanted) {
    var parent = parent(id);
    long through = through(parent, wanted);
    return new ForkPoint(parent, through, gaps.within(id, 0, through));
  }

  /// Memory is asked first: a thread that is not there was saved before it went.
  private ThreadRow parent(ThreadId id) {
    var progress = live.seen(id).map(LiveSnapshot::progress);
    var row = live.row(id).orElseThrow(() -> new ThreadNotFound(id));
    try {
      var ref = rollouts.ref(id, row.rolloutPath());
      var failure = rollouts.check(ref);
      if (failure.isPresent()) {
        throw new RolloutUnusable(id, failure.get());
      }
      if (progress.isPresent()) {
        return row.with(progress.get());
      }
      return row.rolloutBytes() == rollouts.size(ref) ? row : rebuild.bringUp(row);
    } catch (IOException unreadable) {
      throw History.unusable(id, unreadable);
    }
  }

  private long through(ThreadRow parent, NewFork wanted) {
    long last = parent.nextOrdinal() - 1;
    if (wanted.throughTurn() != null) {
      return turn(new ThreadId(parent.id()), wanted.throughTurn()).lastOrdinal();
    }
    if (wanted.throughOrdinal() == null) {
      return last;
    }
    if (wanted.throughOrdinal() > last) {
      throw new InvalidRequest(
          "/throughOrdinal", "is beyond the last ordinal of the thread, which is " + last);
    }
    return wanted.throughOrdinal();
  }

  private TurnRow turn(ThreadId id, TurnId turn) {
    return live.seen(id)
        .flatMap(seen -> seen.turn(turn))
        .or(() -> turns.find(id.value(), turn.value()))
        .orElseThrow(() -> new TurnNotFound(id, turn));
  }
}
