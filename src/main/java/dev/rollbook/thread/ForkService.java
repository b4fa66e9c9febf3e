package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.live.SessionMetaFactory;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.ThreadLineage;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.quota.Quotas;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.RolloutCopyWriter;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.skips.Gaps;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/// Creates forks. A fork is a new thread that begins with a copy of another thread's history up to
/// an ordinal.
@Service
public class ForkService {
  private final TurnRepository turns;
  private final Gaps gaps;
  private final RowRebuilder rebuild;
  private final ThreadCreator creator;
  private final ThreadDeletion deletion;
  private final LiveThreads live;
  private final SessionMetaFactory firstLine;
  private final Rollouts rollouts;
  private final ThreadViews views;
  private final SessionIndex names;
  private final EventBus events;
  private final Clock clock;
  private final Quotas quotas;

  ForkService(
      TurnRepository turns,
      Gaps gaps,
      RowRebuilder rebuild,
      ThreadCreator creator,
      ThreadDeletion deletion,
      LiveThreads live,
      SessionMetaFactory firstLine,
      Rollouts rollouts,
      ThreadViews views,
      SessionIndex names,
      EventBus events,
      Clock clock,
      Quotas quotas) {
    this.quotas = quotas;
    this.events = events;
    this.turns = turns;
    this.gaps = gaps;
    this.rebuild = rebuild;
    this.creator = creator;
    this.deletion = deletion;
    this.live = live;
    this.firstLine = firstLine;
    this.rollouts = rollouts;
    this.views = views;
    this.names = names;
    this.clock = clock;
  }

  /// @throws RollbookException if the parent or the bound does not exist, or cannot be read, or if
  ///   the tenant has used up its bytes
  public StartResult fork(Access access, ThreadId parent, NewFork wanted) {
    var id = wanted.id() == null ? ThreadId.next() : wanted.id();
    var existing = wanted.id() == null ? Optional.<ThreadRow>empty() : live.row(id);
    ThreadStarter.requireVisible(access, existing);
    if (existing.isPresent()) {
      return new StartResult(views.of(existing.get()), false, null);
    }
    quotas.requireBytes(access.owner(), parent);
    var point = forkPoint(access, parent, wanted);
    var now = clock.instant();
    try {
      make(access, id, point, wanted, now);
    } catch (DuplicateKeyException e) {
      var present = live.row(id);
      ThreadStarter.requireVisible(access, present);
      return new StartResult(views.of(present.orElseThrow()), false, null);
    }
    events.publish(access.owner(), new ThreadStarted(id), now);
    var row = live.row(id).orElseThrow();
    quotas.addBytes(access.owner(), row.storage().rolloutBytes());
    if (row.attributes().name() != null) {
      names.named(id, row.attributes().name(), now);
    }
    return new StartResult(views.of(row), true, null);
  }

  /// @param through the last ordinal that the fork has from its parent
  /// @param gaps of the parent that begin at `through` or before
  private record ForkPoint(ThreadRow parent, long through, List<GapRow> gaps) {}

  /// Finds the fork point without loading or changing the parent. The parent's rollout is complete
  /// up to there, though it may grow meanwhile.
  private ForkPoint forkPoint(Access access, ThreadId id, NewFork wanted) {
    var parent = parent(access, id);
    long through = through(parent, wanted);
    return new ForkPoint(parent, through, gaps.within(id, 0, through));
  }

  /// Looks in memory before the rows, because a thread is saved before it is unloaded.
  private ThreadRow parent(Access access, ThreadId id) {
    var progress = live.seen(id).map(LiveSnapshot::progress);
    var row = live.row(access, id).orElseThrow(() -> new ThreadNotFound(id));
    try {
      var ref = rollouts.ref(id, row.storage().rolloutPath());
      var failure = rollouts.check(ref);
      if (failure.isPresent()) {
        throw new RolloutUnusable(id, failure.get());
      }
      if (progress.isPresent()) {
        return row.with(progress.get());
      }
      return row.storage().rolloutBytes() == rollouts.size(ref) ? row : rebuild.bringUp(row);
    } catch (IOException e) {
      throw HistoryReader.unusable(id, e);
    }
  }

  private long through(ThreadRow parent, NewFork wanted) {
    long last = parent.counters().nextOrdinal() - 1;
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

  private static SessionMeta meta(
      Owner owner, ThreadId fork, ForkPoint point, NewFork wanted, Instant now) {
    var parent = SessionMetaFactory.meta(point.parent());
    return new SessionMeta(
        fork,
        now,
        wanted.options().inheriting(parent.options()),
        ThreadLineage.forkOf(parent.id(), point.through()),
        parent.git(),
        owner);
  }

  private static List<GapRow> gapsOf(ThreadId fork, ForkPoint point) {
    return point.gaps().stream()
        .map(gap ->
            GapRow.open(
                fork.value(),
                gap.turnId(),
                gap.firstOrdinal(),
                Math.min(gap.nextOrdinal(), point.through() + 1),
                gap.reason(),
                gap.recordedAt()))
        .toList();
  }

  private static ThreadId parentId(ForkPoint point) {
    return new ThreadId(point.parent().id());
  }

  private void make(Access access, ThreadId id, ForkPoint point, NewFork wanted, Instant now) {
    var to = rollouts.newRef(id, now);
    var meta = firstLine.of(meta(access.owner(), id, point, wanted, now));
    try (var part = part(point);
        var copy = rollouts.copy(part, to, meta, now)) {
      interruptCutTurn(copy, point.through(), now);
      live.adopt(
          id,
          () -> {
            deletion.lift(access, id, Cause.FORK);
            creator.create(copy, gapsOf(id, point));
          });
    } catch (IOException e) {
      throw StorageFaults.unavailable(id, e);
    }
  }

  private RolloutCopyWriter.Slice part(ForkPoint point) {
    var ref = rollouts.ref(parentId(point), point.parent().storage().rolloutPath());
    try {
      return rollouts.part(ref, point.parent().storage().orderedBytes(), point.through());
    } catch (IOException e) {
      throw HistoryReader.unusable(parentId(point), e);
    }
  }

  /// Interrupts a turn that is in progress at the fork point.
  private void interruptCutTurn(RolloutCopyWriter copy, long through, Instant now)
      throws IOException {
    var turn = turnInProgress(copy, now);
    if (turn.isPresent()) {
      var end = new TurnResult(TurnStatus.INTERRUPTED, null, null, null);
      var marker = TurnMarker.ended(turn.get().id(), turn.get().startedAt(), now, end);
      copy.append(EncodedLines.encode(List.of(marker), through + 1, Timestamps.format(now)));
    }
  }

  private static Optional<TurnFacts> turnInProgress(RolloutCopyWriter copy, Instant now)
      throws IOException {
    try (var reader = copy.read()) {
      return HistoryFold.read(copy.ref().thread(), reader, now)
          .map(ThreadFacts::running)
          .filter(turn -> turn.status() == TurnStatus.IN_PROGRESS);
    }
  }
}
