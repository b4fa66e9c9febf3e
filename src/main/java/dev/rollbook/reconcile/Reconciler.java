package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutNames;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.Workers;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Compares all rollouts with their rows in the background, one comparison at a time: when the
/// service has started, when the state-db was away, as it may have lost rows then, and when
/// somebody asks for it.
@Component
public class Reconciler extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final Comparison comparison;
  private final FileComparison files;
  private final SessionIndex index;
  private final ApplicationEventPublisher events;
  private final Workers workers;
  private final Clock clock;
  private final ReentrantLock beginning = new ReentrantLock();
  private volatile boolean begun;
  private final AtomicBoolean wantedAfterLoss = new AtomicBoolean();
  private final AtomicReference<@Nullable ReconcileRun> running = new AtomicReference<>();
  private volatile @Nullable Progress last;
  private volatile boolean cutShort;

  Reconciler(
      Comparison comparison,
      FileComparison files,
      SessionIndex index,
      ApplicationEventPublisher events,
      Workers workers,
      Clock clock) {
    super("reconcile", ShutdownPhase.REQUESTS, Thread.ofVirtual(), workers);
    this.workers = workers;
    this.comparison = comparison;
    this.files = files;
    this.index = index;
    this.events = events;
    this.clock = clock;
  }

  /// Starts the first comparison. Requests are answered a moment before the service is ready: the
  /// first one that needs the comparison starts it, and the others wait until it is running, as
  /// they would else take rows as they are.
  @EventListener(ApplicationReadyEvent.class)
  void begin() {
    if (begun) {
      return;
    }
    beginning.lock();
    try {
      if (!begun) {
        startAfterLoss();
        begun = true;
      }
    } finally {
      beginning.unlock();
    }
  }

  /// Starts a comparison because the state-db may have lost recent writes. If one is running,
  /// another follows it, as the running one may already have passed the lost rows.
  public void startAfterLoss() {
    wantedAfterLoss.set(true);
    startIfWanted();
  }

  private void startIfWanted() {
    while (running.get() == null && wantedAfterLoss.getAndSet(false)) {
      if (!compare(true)) {
        wantedAfterLoss.set(true);
      }
    }
  }

  /// Begins, unless a comparison goes on already.
  void compare() {
    compare(false);
  }

  /// Whether rows are being made that nobody is told of before the end.
  public boolean isComparing() {
    return running.get() != null;
  }

  /// The comparison that goes on; null for none.
  @Nullable Progress now() {
    var run = running.get();
    return run == null ? null : run.progress();
  }

  /// The last one that came to its end; null for none.
  @Nullable Progress last() {
    return last;
  }

  /// Whether the last comparison ended early because the state-db went away: it is to begin anew.
  public boolean wasCutShort() {
    return cutShort;
  }

  /// Makes the row of one thread ahead of its turn.
  ///
  /// @return false if nothing is being compared, or there is no such rollout
  boolean makeRowOf(ThreadId thread) {
    begin();
    var run = running.get();
    return run != null
        && run.rollouts().of(thread).stream()
            .anyMatch(ref -> {
              try {
                boolean made = files.insert(ref, run);
                if (made) {
                  run.madeAhead(thread);
                }
                return made;
              } catch (DuplicateKeyException madeMeanwhile) {
                return true;
              } catch (IOException unreadable) {
                log.debug("rollout {} cannot be read", ref.name(), unreadable);
                return false;
              }
            });
  }

  /// Brings one row up ahead of its turn, if a comparison goes on.
  ///
  /// @return whether the row may have changed
  boolean bringUpAheadOfItsTurn(ThreadRow row) {
    begin();
    var run = running.get();
    try {
      return run != null && files.bringUpIfBehind(row, run);
    } catch (IOException unreadable) {
      log.debug("rollout {} cannot be read", row.rolloutPath(), unreadable);
      return false;
    }
  }

  /// Whether rollouts are being compared; begins the first comparison if nobody did yet.
  boolean isComparingNow() {
    begin();
    return running.get() != null;
  }

  /// Has one row follow its file ahead of its turn, if a comparison goes on.
  void settleAheadOfItsTurn(ThreadRow row) {
    var run = running.get();
    try {
      if (run != null && files.isElsewhere(row)) {
        for (var ref : run.rollouts().of(new ThreadId(row.id()))) {
          files.settle(ref);
        }
      }
    } catch (IOException unreadable) {
      log.debug("rollout {} cannot be looked for", row.rolloutPath(), unreadable);
    }
  }

  private boolean compare(boolean afterLoss) {
    if (!running.compareAndSet(null, newRun(afterLoss))) {
      return false;
    }
    wake();
    if (isStopping()) {
      close();
    }
    return true;
  }

  /// Releases callers that wait for the file list of a comparison which will not run any more.
  @Override
  protected void close() {
    var left = running.getAndSet(null);
    if (left != null) {
      left.found(RolloutNames.NONE);
    }
  }

  private ReconcileRun newRun(boolean afterLoss) {
    return new ReconcileRun(
        afterLoss, new Progress(clock.instant()), readNames(), this::isStopping);
  }

  @Override
  protected Duration step(Pause pause) {
    var run = running.get();
    if (run == null) {
      return UNTIL_WOKEN;
    }
    run(run);
    return Duration.ZERO;
  }

  private void run(ReconcileRun run) {
    try {
      comparison.run(run);
      if (!isStopping()) {
        workers.run("reconcile", () -> events.publishEvent(new RowsReconciled()));
      }
    } finally {
      last = run.progress();
      cutShort = run.isCutShort();
      // Set in one step, so that a caller never sees an idle reconciler between the two.
      running.set(!isStopping() && wantedAfterLoss.getAndSet(false) ? newRun(true) : null);
    }
    if (!isStopping()) {
      startIfWanted();
    }
  }

  private Map<ThreadId, Named> readNames() {
    try {
      return index.names();
    } catch (IOException unreadable) {
      log.warn(
          "session_index.jsonl cannot be read: {}; threads whose rows are made now lack the names"
              + " that they had elsewhere",
          unreadable.getMessage());
      return Map.of();
    }
  }
}
