package dev.rollbook.live;

import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.SkipJournal;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.reconcile.ThreadLookup;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutWriter;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.GapRows;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Makes live threads: of a new row, or of one that may be behind its rollout after a crash.
@Component
class LiveThreadLoader {
  private static final Logger log = LoggerFactory.getLogger(LiveThreadLoader.class);

  private final ThreadLookup lookup;
  private final FirstLine firstLine;
  private final TurnRows turns;
  private final ThreadRows rows;
  private final GapRows gaps;
  private final Rollouts rollouts;
  private final Rebuild rebuild;
  private final SkipJournal journal;
  private final LiveServices services;

  LiveThreadLoader(
      ThreadLookup lookup,
      FirstLine firstLine,
      TurnRows turns,
      ThreadRows rows,
      GapRows gaps,
      Rollouts rollouts,
      Rebuild rebuild,
      SkipJournal journal,
      LiveServices services) {
    this.lookup = lookup;
    this.firstLine = firstLine;
    this.turns = turns;
    this.rows = rows;
    this.gaps = gaps;
    this.rollouts = rollouts;
    this.rebuild = rebuild;
    this.journal = journal;
    this.services = services;
  }

  LiveThread fresh(ThreadRow row) {
    return live(row, null, newWriter(row));
  }

  LiveThread load(ThreadId id) {
    var known = lookup.find(id).orElseThrow(() -> new ThreadNotFound(id));
    if (isNeverWritten(known)) {
      var row = withGaps(known);
      return live(row, turnInProgress(row), newWriter(row));
    }
    var row = withGaps(broughtUp(known, ref(known)));
    return live(row, turnInProgress(row), rollouts.writer(ref(row), row.rolloutBytes()));
  }

  private ThreadRow withGaps(ThreadRow row) {
    long end = Math.max(gaps.end(row.id()), journal.end(new ThreadId(row.id())));
    if (end <= row.nextOrdinal()) {
      return row;
    }
    services.gaps().restore(new ThreadId(row.id()));
    rows.reachTo(row.id(), end);
    return rows.findById(row.id()).orElse(row);
  }

  private RolloutWriter newWriter(ThreadRow row) {
    return rollouts.create(ref(row), firstLine.of(row), row.createdAt());
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }

  /// A thread that started when nothing could be written: its rollout is still to be made.
  boolean isNeverWritten(ThreadRow row) {
    try {
      return row.rolloutBytes() == 0 && rollouts.size(ref(row)) == 0;
    } catch (IOException unusable) {
      log.debug("rollout of thread {} cannot be looked at", row.id(), unusable);
      return false;
    }
  }

  /// A rollout that cannot be opened now is told of by the appends, which try it again.
  private ThreadRow broughtUp(ThreadRow known, RolloutRef ref) {
    try {
      var tail = rollouts.prepareForAppend(ref);
      boolean current =
          known.reading() == HistoryFold.READING
              && tail.size() == known.rolloutBytes()
              && tail.lastOrdinal() < known.nextOrdinal()
              && journal.end(ref.thread()) <= known.nextOrdinal();
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

  private LiveThread live(ThreadRow row, @Nullable TurnRow turn, RolloutWriter writer) {
    var ref = ref(row);
    var recorder =
        new Recorder(
            ref,
            services.gate(),
            writer,
            row.ordered(),
            (nextOrdinal, ordered) -> recentIds(ref, nextOrdinal, ordered),
            row.recorderRemoved());
    return new LiveThread(row, turn, recorder, services);
  }

  /// Ids of the last items before an ordinal; null if they cannot be read now.
  private @Nullable RecentIds recentIds(RolloutRef ref, long nextOrdinal, long ordered) {
    var ids = new RecentIds();
    var last = new OrdinalRange(Math.max(0, nextOrdinal - RecentIds.CAPACITY), nextOrdinal - 1);
    try {
      rollouts.forEach(ref, ordered, last, line -> ids.add(line.id(), line.ordinal()));
      return ids;
    } catch (IOException unusable) {
      log.debug("rollout of thread {} cannot be read", ref.thread(), unusable);
      return null;
    }
  }
}
