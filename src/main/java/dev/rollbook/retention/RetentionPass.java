package dev.rollbook.retention;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.RetentionRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// One pass over all threads for which a retention action is due, in batches.
@Component
record RetentionPass(
    RetentionProperties properties,
    RetentionRepository rows,
    DeletedThreads deleted,
    ArchiveStep archive,
    DeleteStep delete,
    CompressStep compress,
    Clock clock) {
  private static final Logger log = LoggerFactory.getLogger(RetentionPass.class);
  private static final int BATCH_SIZE = 100;
  private static final Duration MAX_REST = Duration.ofSeconds(10);
  private static final UUID LOWEST_ID = new UUID(0, 0);

  /// One kind of action.
  interface Step {
    /// Why a thread must be left alone; null if it need not be.
    @Nullable String whyNot(ThreadRow row, Due due);

    /// Applies the action to the threads of a batch that need not be left alone.
    void apply(List<ThreadRow> batch, Due due, RetentionTally tally) throws IOException;
  }

  /// @param before threads used at or after this time are skipped
  record Due(Duration after, Instant before, boolean dryRun) {}

  /// @return why the pass ended early; null if it did not
  @Nullable String run(RetentionTally tally, boolean dryRun, WorkerSignal signal) {
    try {
      delete.recordUnfinished();
      for (var action : RetentionAction.values()) {
        var after = properties.after(action);
        if (after != null && !signal.isStopped()) {
          run(action, new Due(after, clock.instant().minus(after), dryRun), tally, signal);
        }
      }
      return signal.isStopped() ? "the service stops" : null;
    } catch (DataAccessException | TransactionException e) {
      log.debug("the state-db does not answer, retention waits for the next pass", e);
      return "the state-db does not answer";
    } catch (IOException e) {
      log.debug("the disk fails, retention waits for the next pass", e);
      return StorageFaults.shortCause(e);
    }
  }

  private void run(RetentionAction action, Due due, RetentionTally tally, WorkerSignal signal)
      throws IOException {
    Instant at = Instant.EPOCH;
    UUID id = LOWEST_ID;
    while (!signal.isStopped()) {
      var batch = page(action, due, at, id);
      if (batch.isEmpty()) {
        return;
      }
      long began = System.nanoTime();
      var there = batch.stream().filter(row -> !deleted.contains(row.id())).toList();
      apply(action, due.dryRun() ? remaining(action, there) : there, due, tally);
      if (!due.dryRun()) {
        restAfter(System.nanoTime() - began, signal);
      }
      at = action.since(batch.getLast());
      id = batch.getLast().id();
    }
  }

  private void apply(RetentionAction action, List<ThreadRow> batch, Due due, RetentionTally tally)
      throws IOException {
    var step = step(action);
    var threads = new ArrayList<ThreadRow>();
    for (var row : batch) {
      var why = step.whyNot(row, due);
      if (why != null) {
        tally.kept(action, row, why);
      } else if (due.dryRun()) {
        tally.done(action, row);
      } else {
        threads.add(row);
      }
    }
    step.apply(threads, due, tally);
  }

  /// Pauses for as long as the work took, so that requests come first.
  private static void restAfter(long workedNanos, WorkerSignal signal) {
    signal.pause(Duration.ofNanos(Math.min(workedNanos, MAX_REST.toNanos())));
  }

  /// In a dry run, leaves out threads that the pass would have deleted by then.
  private List<ThreadRow> remaining(RetentionAction action, List<ThreadRow> batch) {
    var deletedAfter = properties.deletedAfter();
    if (action == RetentionAction.DELETE || deletedAfter == null) {
      return batch;
    }
    var before = clock.instant().minus(deletedAfter);
    return batch.stream()
        .filter(row ->
            row.attributes().pinned()
                || row.attributes().archivedAt() == null
                || !row.attributes().archivedAt().isBefore(before))
        .toList();
  }

  private Step step(RetentionAction action) {
    return switch (action) {
      case DELETE -> delete;
      case ARCHIVE -> archive;
      case COMPRESS -> compress;
    };
  }

  /// Threads are compressed one by one: a rollout may be large, and a stop waits only for the
  /// current one.
  private List<ThreadRow> page(RetentionAction action, Due due, Instant at, UUID id) {
    return switch (action) {
      case DELETE -> rows.toDelete(due.before(), at, id, BATCH_SIZE);
      case ARCHIVE -> rows.toArchive(due.before(), at, id, BATCH_SIZE);
      case COMPRESS -> rows.toCompress(due.before(), at, id, due.dryRun() ? BATCH_SIZE : 1);
    };
  }
}
