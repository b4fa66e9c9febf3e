package dev.rollbook.reconcile;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.ReconcileState.Progress;
import dev.rollbook.rollout.RolloutCatalog;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
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
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that compares all rollouts with their rows, one comparison at a time. A
/// comparison runs after each start, and when an operator requests it. It also runs after an outage
/// of the state-db, because the outage may have lost rows.
///
/// If another replica is comparing, this one compares only the threads that it has in memory, and
/// waits until the other one has ended.
@Component
public class Reconciler extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
  private static final String JOB = "reconcile";
  private static final long UNKNOWN = -1;
  private static final Duration PEER_PAUSE = Duration.ofSeconds(1);

  private final ReconcilePass comparison;
  private final SessionIndex index;
  private final ApplicationEventPublisher events;
  private final WorkerFailures workers;
  private final ClusterJobs jobs;
  private final Clock clock;
  private final ReentrantLock beginning = new ReentrantLock();
  private volatile boolean begun;
  private final AtomicBoolean wantedAfterLoss = new AtomicBoolean();
  private final AtomicReference<@Nullable ReconcileState> running = new AtomicReference<>();
  private volatile @Nullable Progress lastResult;
  private volatile boolean cutShort;

  /// Number of ended comparisons of all replicas from which on one of another replica is as good as
  /// the wanted one. Used by the worker only.
  private long sufficient = UNKNOWN;

  Reconciler(
      ReconcilePass comparison,
      SessionIndex index,
      ApplicationEventPublisher events,
      WorkerFailures workers,
      ClusterJobs jobs,
      Clock clock) {
    super(JOB, ShutdownPhase.BACKGROUND, Thread.ofVirtual(), workers);
    this.workers = workers;
    this.jobs = jobs;
    this.comparison = comparison;
    this.index = index;
    this.events = events;
    this.clock = clock;
  }

  /// Starts the first comparison. Requests arrive a moment before the service is ready: the first
  /// one that needs the comparison starts it, and the others wait until it runs, as they would
  /// otherwise use rows that may be out of date.
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
      if (!start(true)) {
        wantedAfterLoss.set(true);
      }
    }
  }

  /// Starts a comparison unless one runs.
  void startComparison() {
    start(false);
  }

  /// Whether a comparison runs, which may insert rows that no event announces before its end.
  public boolean isComparing() {
    return running.get() != null;
  }

  /// The running comparison; null if none runs. Starts the first comparison if it has not been
  /// started yet.
  @Nullable ReconcileState current() {
    begin();
    return running.get();
  }

  /// The progress of the comparison that runs; null for none.
  @Nullable Progress progress() {
    var run = running.get();
    return run == null ? null : run.progress();
  }

  /// The result of the last comparison that ended; null for none.
  @Nullable Progress lastResult() {
    return lastResult;
  }

  /// Whether the last comparison ended early because the state-db was unavailable, so that another
  /// one has to be started.
  public boolean wasCutShort() {
    return cutShort;
  }

  private boolean start(boolean afterLoss) {
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
      left.found(RolloutCatalog.NONE);
    }
  }

  private ReconcileState newRun(boolean afterLoss) {
    return new ReconcileState(afterLoss, clock.instant(), readNames(), this::isStopping);
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    var run = running.get();
    if (run == null) {
      return UNTIL_WOKEN;
    }
    try {
      if (!jobs.tryRun(JOB, Duration.ZERO, () -> compare(run)) && !hasEndedElsewhere(run, signal)) {
        running.set(newRun(run.isAfterLoss()));
        return Duration.ZERO;
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("it is unknown whether another replica compares", e);
      run.cutShort();
    }
    ended(run);
    return Duration.ZERO;
  }

  private boolean compare(ReconcileState run) {
    try {
      comparison.run(run);
      return run.isComplete();
    } finally {
      lastResult = run.progress();
    }
  }

  /// Waits for the comparison of another replica. Requests do not wait meanwhile: what they ask for
  /// is compared if it has a row.
  ///
  /// After a loss, one that runs already may have passed the lost rows, so only a later one counts.
  ///
  /// @return false if this replica has to try again
  private boolean hasEndedElsewhere(ReconcileState run, WorkerSignal signal) {
    var now = jobs.peerRun(JOB);
    run.found(RolloutCatalog.NONE);
    if (sufficient == UNKNOWN) {
      boolean mayHavePassed = run.isAfterLoss() && now.isRunning();
      sufficient = now.ended() + (mayHavePassed ? 2 : 1);
      if (run.isAfterLoss()) {
        comparison.compareLoaded(run);
      }
    }
    while (now.isRunning() && now.ended() < sufficient && !signal.isStopped()) {
      signal.pause(PEER_PAUSE);
      now = jobs.peerRun(JOB);
    }
    return signal.isStopped() || now.ended() >= sufficient;
  }

  private void ended(ReconcileState run) {
    // Not all ways to here have listed the rollouts, and calls may wait for the list.
    run.found(RolloutCatalog.NONE);
    sufficient = UNKNOWN;
    try {
      if (!isStopping()) {
        workers.run(JOB, () -> events.publishEvent(new RowsReconciled()));
      }
    } finally {
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
    } catch (IOException e) {
      log.warn(
          "session_index.jsonl cannot be read: {}; threads whose rows are rebuilt now"
              + " lack names that only this file has",
          e.getMessage());
      return Map.of();
    }
  }
}
