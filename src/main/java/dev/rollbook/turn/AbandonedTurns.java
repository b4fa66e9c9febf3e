package dev.rollbook.turn;

import dev.rollbook.access.Access;
import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.LogFields;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Periodic task that ends a turn as interrupted if it got no append for
/// `rollbook.turn.abandoned-after`. The client of such a turn has probably crashed.
///
/// A turn that Codex left unfinished is ended only in its row. Its rollout is not changed, because
/// it is a copy of a file of Codex. Two other rules can end such a turn earlier.
/// `projection.TurnFold` ends it where the next turn begins. `thread.ForkService` ends the copy of
/// a turn that a fork contains only in part.
///
/// Each replica ends the turns of its own threads in memory. One of them ends those of threads that
/// no replica has in memory.
@Component
record AbandonedTurns(
    ThreadRepository threads,
    TurnService turns,
    TurnRepository rows,
    LiveThreads live,
    Rollouts rollouts,
    EventBus events,
    Clock clock,
    TurnProperties properties,
    ClusterJobs jobs) {
  private static final Logger log = LoggerFactory.getLogger(AbandonedTurns.class);
  private static final String JOB = "abandoned-turns";
  private static final int BATCH_SIZE = 100;

  /// A little less than the time between two calls at one replica.
  private static final Duration INTERVAL = Duration.ofSeconds(50);

  private static final TurnResult ABANDONED =
      new TurnResult(TurnStatus.INTERRUPTED, RawJson.of("{\"message\":\"abandoned\"}"), null, null);

  @Scheduled(initialDelay = 10_000, fixedDelay = 60_000)
  void interrupt() {
    try {
      var before = clock.instant().minus(properties.abandonedAfter());
      var loaded = new ArrayList<ThreadRow>();
      var others = new ArrayList<ThreadRow>();
      for (var row : threads.withTurnIdleSince(before, BATCH_SIZE)) {
        (live.find(new ThreadId(row.id())).isPresent() ? loaded : others).add(row);
      }
      loaded.forEach(this::interrupt);
      jobs.tryRun(JOB, INTERVAL, () -> interruptAll(others));
    } catch (DataAccessException | TransactionException e) {
      log.debug("abandoned turns are interrupted later, as the state-db does not answer", e);
    }
  }

  private boolean interruptAll(List<ThreadRow> rows) {
    rows.forEach(this::interrupt);
    return true;
  }

  private void interrupt(ThreadRow row) {
    if (row.activity().activeTurnId() == null) {
      return;
    }
    var thread = new ThreadId(row.id());
    var turn = new TurnId(row.activity().activeTurnId());
    try (var _ = LogFields.of(thread, turn)) {
      if (isBegunByOthers(row, turn)) {
        endInRows(row, thread, turn);
      } else {
        turns.end(Access.ALL, thread, turn, ABANDONED);
      }
      log.info(
          "turn {} of thread {} was abandoned for {}: interrupted",
          turn,
          thread,
          properties.abandonedAfter());
    } catch (OwnedElsewhereException e) {
      log.debug("turn {} is left to the replica that has thread {} in memory", turn, thread, e);
    } catch (RollbookException e) {
      log.debug("abandoned turn {} of thread {} ended meanwhile", turn, thread, e);
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read to see who began turn {}", thread, turn, e);
    }
  }

  /// Whether the first line of the turn exists and is not Rollbook's own marker. Codex begins a
  /// `/review` without a marker.
  private boolean isBegunByOthers(ThreadRow thread, TurnId turn) throws IOException {
    var row = rows.find(thread.id(), turn.value());
    var others = new AtomicBoolean();
    if (row.isPresent()) {
      var first = new OrdinalRange(row.get().firstOrdinal(), row.get().firstOrdinal());
      try {
        rollouts.forEach(
            rollouts.ref(new ThreadId(thread.id()), thread.storage().rolloutPath()),
            thread.storage().orderedBytes(),
            first,
            line -> others.compareAndSet(false, !TurnMarker.isOwnStart(line)));
      } catch (NoSuchFileException e) {
        log.debug("rollout of thread {} is missing", thread.id(), e);
      }
    }
    return others.get();
  }

  private void endInRows(ThreadRow row, ThreadId thread, TurnId turn) {
    if (live.ifNotLoaded(thread, () -> endRow(row, thread, turn)).isEmpty()) {
      live.with(thread, loaded -> loaded.end(turn, ABANDONED, false));
    }
  }

  private boolean endRow(ThreadRow row, ThreadId thread, TurnId turn) {
    var now = clock.instant();
    var status = ABANDONED.status();
    var error = ABANDONED.error();
    rows.end(thread.value(), turn.value(), status.wireName(), now, String.valueOf(error));
    boolean ended = threads.endTurn(thread.value(), turn.value()) == 1;
    if (ended) {
      events.publish(
          row.provenance().owner(), new TurnCompleted(thread, turn, status, error, null), now);
    }
    return ended;
  }
}
