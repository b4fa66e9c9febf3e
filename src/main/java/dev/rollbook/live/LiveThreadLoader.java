package dev.rollbook.live;

import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.OrdinalRange;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutWriter;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Makes live threads: of a new row, or of one that may be behind its rollout after a crash.
@Component
class LiveThreadLoader {
  private static final Logger log = LoggerFactory.getLogger(LiveThreadLoader.class);

  private final ThreadRows threads;
  private final TurnRows turns;
  private final Rollouts rollouts;
  private final Rebuild rebuild;
  private final LiveServices services;

  LiveThreadLoader(
      ThreadRows threads,
      TurnRows turns,
      Rollouts rollouts,
      Rebuild rebuild,
      LiveServices services) {
    this.threads = threads;
    this.turns = turns;
    this.rollouts = rollouts;
    this.rebuild = rebuild;
    this.services = services;
  }

  LiveThread fresh(ThreadRow row, RolloutItem meta, Instant now) {
    var ref = rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
    return live(row, null, ref, rollouts.create(ref, meta, now));
  }

  LiveThread load(ThreadId id) {
    var known = threads.findById(id.value()).orElseThrow(() -> new ThreadNotFound(id));
    var ref = rollouts.ref(id, known.rolloutPath());
    var row = broughtUp(known, ref);
    return live(row, turnInProgress(row), ref, rollouts.writer(ref, row.rolloutBytes()));
  }

  /// A rollout that cannot be opened now is told of by the appends, which try it again.
  private ThreadRow broughtUp(ThreadRow known, RolloutRef ref) {
    try {
      var tail = rollouts.prepareForAppend(ref);
      boolean current =
          tail.size() == known.rolloutBytes() && tail.lastOrdinal() < known.nextOrdinal();
      return current ? known : rebuild.bringUp(known);
    } catch (IOException unusable) {
      log.debug("rollout of thread {} cannot be opened", ref.thread(), unusable);
      return known;
    }
  }

  private @Nullable TurnRow turnInProgress(ThreadRow row) {
    return row.activeTurnId() == null
        ? null
        : turns.find(row.id(), row.activeTurnId()).orElse(null);
  }

  private LiveThread live(
      ThreadRow row, @Nullable TurnRow turn, RolloutRef ref, RolloutWriter writer) {
    var recorder =
        new Recorder(ref, services.gate(), writer, () -> recentIds(ref), row.recorderRemoved());
    return new LiveThread(row, turn, recorder, services);
  }

  private RecentIds recentIds(RolloutRef ref) {
    var ids = new RecentIds();
    try {
      var last = rollouts.page(ref, Long.MAX_VALUE, OrdinalRange.ALL, RecentIds.CAPACITY, true);
      for (var line : last.lines().reversed()) {
        if (line.id() != null) {
          ids.add(line.id(), line.ordinal());
        }
      }
    } catch (IOException unusable) {
      log.debug("rollout of thread {} cannot be read", ref.thread(), unusable);
    }
    return ids;
  }
}
