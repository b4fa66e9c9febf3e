package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadIdTaken;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.statedb.OrphanRowCleanup;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Attributes;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.Lineage;
import dev.rollbook.statedb.ThreadRow.Provenance;
import dev.rollbook.statedb.ThreadRow.Storage;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.availability.StateDbAvailability;
import dev.rollbook.text.RawJson;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Starts threads: creates the rollout with its first line, inserts the row, and creates the live
/// thread.
@Component
record ThreadStarter(
    ThreadRepository rows,
    OrphanRowCleanup orphans,
    StateDbAvailability stateDb,
    ThreadDeletion deletion,
    LiveThreads live,
    Rollouts rollouts,
    ThreadViews views,
    SessionIndex names,
    EventBus events,
    Clock clock) {
  private static final long FIRST_FREE_ORDINAL = 1;

  /// @param first items after the `session_meta`
  /// @param resume the failed resume that led to this start, for the event and the response; or
  ///   null
  ///
  /// @throws ThreadIdTaken if the caller chose an id that a thread has or had that it does not see
  StartResult start(
      Access access,
      NewThread wanted,
      List<RolloutItem> first,
      StartResult.@Nullable ResumeResult resume) {
    orphans.flush();
    var id = wanted.id() == null ? ThreadId.next() : wanted.id();
    var existing = wanted.id() == null ? Optional.<ThreadRow>empty() : live.row(id);
    requireVisible(access, existing);
    if (existing.isPresent() && !mayBeIncomplete(existing.get())) {
      return new StartResult(views.of(existing.get()), false, resume);
    }
    var row = existing.orElseGet(() -> row(id, wanted.options(), access.owner(), clock.instant()));
    try {
      if (existing.isPresent()) {
        live.start(row, first, () -> requireIncomplete(row), complete -> false);
      } else {
        live.start(row, first, () -> requireFree(access, id, wanted.id() != null), this::insert);
      }
    } catch (DuplicateKeyException e) {
      var present = rows.findById(id.value());
      requireVisible(access, present);
      return new StartResult(views.of(present.orElseThrow()), false, resume);
    } catch (PersistenceUnavailable e) {
      if (existing.isPresent()) {
        orphans.removeThread(id.value());
      }
      throw e;
    }
    publish(row.provenance().owner(), id, row.provenance().createdAt(), resume);
    if (row.attributes().name() != null) {
      names.named(id, row.attributes().name(), row.provenance().createdAt());
    }
    return new StartResult(views.of(row), true, resume);
  }

  static void requireVisible(Access access, Optional<ThreadRow> existing) {
    if (existing.isPresent() && !access.sees(existing.get().provenance().owner())) {
      throw new ThreadIdTaken(new ThreadId(existing.get().id()));
    }
  }

  /// Whether a disk that failed, and then a crash, may have left a row without a file, which a
  /// retried start completes. A thread in memory is complete.
  private boolean mayBeIncomplete(ThreadRow row) {
    return row.counters().itemCount() == 0
        && row.storage().rolloutBytes() == 0
        && row.counters().nextOrdinal() == FIRST_FREE_ORDINAL
        && !row.activity().recorderRemoved()
        && live.find(new ThreadId(row.id())).isEmpty();
  }

  /// If the id is that of a deleted thread, its tombstone is removed.
  ///
  /// @param chosen whether the caller chose the id
  private void requireFree(Access access, ThreadId id, boolean chosen) {
    stateDb.requireAnswers();
    if (chosen) {
      deletion.lift(access, id, Cause.START);
      if (rows.existsById(id.value())) {
        throw new DuplicateKeyException("thread %s is there".formatted(id));
      }
    }
  }

  /// @return false if a comparison has found the rollout, and has inserted its row
  private boolean insert(ThreadRow row) {
    try {
      orphans.insert(row);
      return true;
    } catch (DuplicateKeyException e) {
      if (!rows.existsWithRollout(row.id(), row.storage().rolloutPath())) {
        throw e;
      }
      return false;
    }
  }

  private void requireIncomplete(ThreadRow row) {
    if (!live.isOnlyARow(row)) {
      throw new DuplicateKeyException("thread %s is there".formatted(row.id()));
    }
  }

  /// `ResumeFailed` comes before `ThreadStarted` in the stream of all threads; the stream of the
  /// thread itself reads it from the history.
  private void publish(
      Owner owner, ThreadId id, Instant at, StartResult.@Nullable ResumeResult resume) {
    if (resume instanceof StartResult.ResumeFailed failed) {
      events.publish(
          owner,
          new ResumeFailed(
              id, new ThreadId(failed.requestedId()), failed.reason(), failed.message()),
          at);
    }
    events.publish(owner, new ThreadStarted(id), at);
  }

  private ThreadRow row(ThreadId id, ThreadOptions wanted, Owner owner, Instant now) {
    var named = wanted.name() == null ? null : now;
    return new ThreadRow(
        id.value(),
        new Attributes(wanted.name(), named, RawJson.text(wanted.metadata()), false, null, 0),
        new Provenance(
            wanted.source(),
            wanted.cwd(),
            wanted.modelProvider(),
            wanted.cliVersion(),
            null,
            wanted.policy().wireName(),
            now,
            owner),
        new Lineage(ThreadKind.THREAD.wireName(), null, null, null),
        new Activity(now, null, wanted.model(), null, false),
        new Counters(0, 0, FIRST_FREE_ORDINAL, 0),
        TokenSums.NONE,
        new Storage(rollouts.newRef(id, now).name(), 0, null, true, HistoryFold.VERSION));
  }
}
