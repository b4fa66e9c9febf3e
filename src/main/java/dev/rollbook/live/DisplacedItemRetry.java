package dev.rollbook.live;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.rollout.datadir.DisplacedLines.Run;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that appends the [DisplacedItems] that replaced owners have left.
///
/// Each replica looks for them every second, and appends those of the threads that it owns, or that
/// nobody owns. They get the next ordinals of the thread, and belong to their turn if it is still
/// in progress. Lines that the replaced owner has stored after all, without being told so, are left
/// out. The file is removed after that: if this replica is killed in between, items are appended
/// again, except those whose id the thread has.
@Component
final class DisplacedItemRetry extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(DisplacedItemRetry.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final DisplacedItems displaced;
  private final LiveThreads live;
  private final Disk disk;

  /// Whether there may be files, if no other process leaves some.
  private boolean isDue = true;

  /// Files whose items were appended, but that could not be removed yet.
  private final Set<Path> appended = new HashSet<>();

  /// Files that were logged, because their items cannot be appended.
  private final Set<Path> refused = new HashSet<>();

  DisplacedItemRetry(
      DisplacedItems displaced, LiveThreads live, Disk disk, WorkerFailures workers) {
    super("displaced-items", ShutdownPhase.INDEX, Thread.ofVirtual(), workers);
    this.displaced = displaced;
    this.live = live;
    this.disk = disk;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    // Nobody takes over a thread of local files.
    if (!disk.isExclusive()) {
      return UNTIL_WOKEN;
    }
    retry();
    return PAUSE;
  }

  /// Leaves what this replica has for others, and appends what others have left.
  synchronized void retry() {
    try {
      if (!displaced.isEmpty()) {
        displaced.save();
        isDue = true;
      }
      if (isDue || disk.isShared()) {
        appendAll();
      }
    } catch (IOException e) {
      log.debug("displaced items are handed over later", e);
    }
  }

  private void appendAll() throws IOException {
    var runs = displaced.files().find();
    var skipped = new HashSet<ThreadId>();
    for (var run : runs) {
      // Items of a thread stay in their order.
      if (!skipped.contains(run.thread()) && !append(run)) {
        skipped.add(run.thread());
      }
    }
    isDue = !runs.isEmpty();
  }

  /// @return false if it is to be tried again
  private boolean append(Run run) throws IOException {
    try {
      if (!appended.contains(run.file())) {
        var lines = displaced.files().read(run);
        live.with(
            run.thread(),
            thread -> {
              append(thread, run.turn(), lines);
              return thread;
            });
        appended.add(run.file());
        log.info(
            "{} items of thread {} are written that another replica could not write",
            lines.size(),
            run.thread());
      }
      displaced.files().remove(run);
      appended.remove(run.file());
      return true;
    } catch (ThreadNotFound e) {
      log.debug("items of thread {} are dropped, as it was deleted", run.thread(), e);
      displaced.files().remove(run);
      return true;
    } catch (OwnedElsewhereException
        | PersistenceUnavailable
        | DataAccessException
        | TransactionException e) {
      log.debug("items of thread {} are left to its owner, or are appended later", run.thread(), e);
      return false;
    } catch (RollbookException e) {
      if (refused.add(run.file())) {
        log.warn(
            "items of thread {} that another replica could not write are not written yet: {}",
            run.thread(),
            e.detail());
      }
      return false;
    }
  }

  private static void append(LiveThread thread, @Nullable TurnId turn, List<RolloutLine> lines) {
    if (lines.isEmpty()) {
      return;
    }
    var items = new ArrayList<RolloutItem>();
    for (var line : thread.missing(lines)) {
      var marker = TurnMarker.own(line);
      if (marker.isEmpty()) {
        items.add(
            new RolloutItem(
                line.id(), line.timestamp(), line.type(), line.payload(), line.metadata()));
      } else if (marker.get() instanceof TurnMarker.Ended end) {
        append(items, thread, turn);
        items.clear();
        thread.end(end.turn(), new TurnResult(end.status(), end.error(), end.usage(), null), true);
      }
    }
    append(items, thread, turn);
  }

  private static void append(List<RolloutItem> items, LiveThread thread, @Nullable TurnId turn) {
    if (items.isEmpty()) {
      return;
    }
    var inTurn = turn == null ? null : thread.append(List.copyOf(items), turn, null).orElse(null);
    AppendOutcome outcome =
        inTurn != null ? inTurn : thread.append(List.copyOf(items), null, null).orElseThrow();
    if (outcome instanceof AppendOutcome.Skipped skipped) {
      log.debug(
          "{} items of thread {} are skipped: {}", items.size(), thread.id(), skipped.message());
    }
  }

  @Override
  public void stop() {
    super.stop();
    try {
      displaced.save();
    } catch (IOException e) {
      log.debug("displaced items cannot be handed over: {}", StorageFaults.shortCause(e), e);
    }
    displaced.giveUp();
  }
}
