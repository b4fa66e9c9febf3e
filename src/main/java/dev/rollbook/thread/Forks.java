package dev.rollbook.thread;

import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.Events;
import dev.rollbook.live.FirstLine;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.RolloutCopy;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/// Makes a thread that goes on from a place in another one, and has its history for itself.
@Service
public class Forks {
  private final ForkPoints points;
  private final Foundation foundation;
  private final ThreadDeletion deletion;
  private final LiveThreads live;
  private final FirstLine firstLine;
  private final Rollouts rollouts;
  private final ThreadViews views;
  private final ThreadNames names;
  private final Events events;
  private final Clock clock;

  Forks(
      ForkPoints points,
      Foundation foundation,
      ThreadDeletion deletion,
      LiveThreads live,
      FirstLine firstLine,
      Rollouts rollouts,
      ThreadViews views,
      ThreadNames names,
      Events events,
      Clock clock) {
    this.events = events;
    this.points = points;
    this.foundation = foundation;
    this.deletion = deletion;
    this.live = live;
    this.firstLine = firstLine;
    this.rollouts = rollouts;
    this.views = views;
    this.names = names;
    this.clock = clock;
  }

  /// @throws RollbookException if the parent, or the place in it, is not there or cannot be read
  public Started fork(ThreadId parent, NewFork wanted) {
    var id = wanted.id() == null ? ThreadId.next() : wanted.id();
    var existing = wanted.id() == null ? Optional.<ThreadRow>empty() : live.row(id);
    if (existing.isPresent()) {
      return new Started(views.of(existing.get()), false, null);
    }
    var point = points.find(parent, wanted);
    var now = clock.instant();
    try {
      make(id, point, wanted, now);
    } catch (DuplicateKeyException madeMeanwhile) {
      return new Started(views.of(live.row(id).orElseThrow()), false, null);
    }
    events.publish(new ThreadStarted(id), now);
    var row = live.row(id).orElseThrow();
    if (row.name() != null) {
      names.named(id, row.name(), now);
    }
    return new Started(views.of(row), true, null);
  }

  private void make(ThreadId id, ForkPoint point, NewFork wanted, Instant now) {
    var to = rollouts.newRef(id, now);
    var meta = firstLine.of(point.meta(id, wanted, now));
    try (var part = part(point);
        var copy = rollouts.copy(part, to, meta, now)) {
      endTurnThatIsCut(copy, point.through(), now);
      live.adopt(
          id,
          () -> {
            deletion.lift(id, Cause.FORK);
            foundation.lay(copy, point.gapsOf(id));
          });
    } catch (IOException failed) {
      throw StorageFaults.unavailable(id, failed);
    }
  }

  private RolloutCopy.Slice part(ForkPoint point) {
    var ref = rollouts.ref(point.parentId(), point.parent().rolloutPath());
    try {
      return rollouts.part(ref, point.parent().orderedBytes(), point.through());
    } catch (IOException unreadable) {
      throw History.unusable(point.parentId(), unreadable);
    }
  }

  /// Nobody goes on with it: it ends in the fork where the fork begins.
  private void endTurnThatIsCut(RolloutCopy copy, long through, Instant now) throws IOException {
    var turn = turnInProgress(copy, now);
    if (turn.isPresent()) {
      var end = new TurnEnd(TurnStatus.INTERRUPTED, null, null, null);
      var frame = TurnMarker.ended(turn.get().id(), turn.get().startedAt(), now, end);
      copy.append(EncodedLines.encode(List.of(frame), through + 1, Timestamps.format(now)));
    }
  }

  private static Optional<TurnFacts> turnInProgress(RolloutCopy copy, Instant now)
      throws IOException {
    try (var reader = copy.read()) {
      return HistoryFold.read(copy.ref().thread(), reader, now)
          .map(ThreadFacts::running)
          .filter(turn -> turn.status() == TurnStatus.IN_PROGRESS);
    }
  }
}
