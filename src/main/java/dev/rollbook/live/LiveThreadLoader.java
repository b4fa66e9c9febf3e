package dev.rollbook.live;

import dev.rollbook.access.Access;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.reconcile.ThreadLookup;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutWriter;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.GapRepository;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Creates the [LiveThread] of a new thread, or loads the [LiveThread] of an existing thread. If
/// the row does not match the rollout, for example after a crash, the row is updated before the
/// thread is loaded.
@Component
record LiveThreadLoader(
    ThreadLookup lookup,
    SessionMetaFactory firstLine,
    ThreadRepository rows,
    GapRepository gaps,
    RowRebuilder rebuild,
    SkipJournal journal,
    LiveServices services) {
  private static final Logger log = LoggerFactory.getLogger(LiveThreadLoader.class);

  LiveThread fresh(ThreadRow row) {
    return live(row, null, newWriter(row));
  }

  /// @throws ThreadNotFound if there is none that the caller sees
  void require(Access access, ThreadId id) {
    known(access, id, lookup.find(id));
  }

  private static ThreadRow known(Access access, ThreadId id, Optional<ThreadRow> found) {
    return found
        .filter(row -> access.sees(row.provenance().owner()))
        .orElseThrow(() -> new ThreadNotFound(id));
  }

  /// @throws ThreadNotFound if there is none that the caller sees; then nothing is loaded or
  ///   changed
  LiveThread load(Access access, ThreadId id) {
    var known = known(access, id, lookup.findOwned(id));
    if (isNeverWritten(known)) {
      var row = withGaps(known);
      return live(row, turnInProgress(row), newWriter(row));
    }
    var row = withGaps(caughtUp(known, ref(known)));
    return live(
        row,
        turnInProgress(row),
        services.rollouts().writer(ref(row), row.storage().rolloutBytes()));
  }

  private ThreadRow withGaps(ThreadRow row) {
    long end = Math.max(gaps.end(row.id()), journal.end(new ThreadId(row.id())));
    if (end <= row.counters().nextOrdinal()) {
      return row;
    }
    services.gaps().restore(new ThreadId(row.id()));
    rows.reachTo(row.id(), end);
    return rows.findById(row.id()).orElse(row);
  }

  private RolloutWriter newWriter(ThreadRow row) {
    return services.rollouts().create(ref(row), firstLine.of(row), row.provenance().createdAt());
  }

  private RolloutRef ref(ThreadRow row) {
    return services.rollouts().ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }

  /// Whether the rollout does not exist yet, because nothing could be written when the thread was
  /// started.
  boolean isNeverWritten(ThreadRow row) {
    try {
      return row.storage().rolloutBytes() == 0 && services.rollouts().size(ref(row)) == 0;
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read", row.id(), e);
      return false;
    }
  }

  /// If the rollout is missing or damaged, the appends report it. If it cannot be read now, appends
  /// to a local file try again. But an exclusive disk is compared with the row: if that is behind,
  /// it would look as if another process had written the rollout.
  ///
  /// @throws PersistenceUnavailable if the disk is exclusive and cannot be read now
  private ThreadRow caughtUp(ThreadRow known, RolloutRef ref) {
    try {
      var tail = services.rollouts().prepareForAppend(ref);
      boolean current =
          known.storage().reading() == HistoryFold.VERSION
              && tail.size() == known.storage().rolloutBytes()
              && tail.lastOrdinal() < known.counters().nextOrdinal()
              && journal.end(ref.thread()) <= known.counters().nextOrdinal();
      return current ? known : rebuild.bringUp(known);
    } catch (IOException e) {
      boolean isPermanent = e instanceof RolloutGoneException || e instanceof DamagedFileException;
      if (services.rollouts().isExclusive() && !isPermanent) {
        throw StorageFaults.unavailable(ref.thread(), e);
      }
      log.debug("rollout of thread {} cannot be opened", ref.thread(), e);
      return known;
    }
  }

  private @Nullable TurnRow turnInProgress(ThreadRow row) {
    return row.activity().activeTurnId() == null
        ? null
        : services.turns().find(row.id(), row.activity().activeTurnId()).orElse(null);
  }

  private LiveThread live(ThreadRow row, @Nullable TurnRow turn, RolloutWriter writer) {
    var ref = ref(row);
    var recorder =
        new RolloutRecorder(
            ref,
            services.gate(),
            writer,
            row.storage().ordered(),
            row.activity().recorderRemoved());
    return new LiveThread(row, turn, recorder, services);
  }
}
