package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutNames;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionException;

/// One comparison of all rollouts with their rows, from its beginning to its end.
final class ReconcileRun {
  private static final Logger log = LoggerFactory.getLogger(ReconcileRun.class);

  private final boolean afterLoss;
  private final Progress progress;
  private final Map<ThreadId, Named> names;
  private final BooleanSupplier stopping;
  private final CompletableFuture<RolloutNames> rollouts = new CompletableFuture<>();
  private final Set<ThreadId> madeAhead = ConcurrentHashMap.newKeySet();
  private volatile boolean givenUp;
  private volatile boolean cutShort;

  /// @param afterLoss whether the state-db may have lost what was written lately
  /// @param names that threads have beside their rollouts
  ReconcileRun(
      boolean afterLoss, Progress progress, Map<ThreadId, Named> names, BooleanSupplier stopping) {
    this.afterLoss = afterLoss;
    this.progress = progress;
    this.names = names;
    this.stopping = stopping;
  }

  /// Looks at one file; empty where there is nothing to be said of it any more.
  interface Attempt {
    Optional<Finding> run() throws IOException;
  }

  boolean isAfterLoss() {
    return afterLoss;
  }

  Map<ThreadId, Named> names() {
    return names;
  }

  Progress progress() {
    return progress;
  }

  /// The files are known from now on.
  void found(RolloutNames all) {
    rollouts.complete(all);
  }

  /// Waits until the files are known.
  RolloutNames rollouts() {
    return rollouts.join();
  }

  void giveUp() {
    givenUp = true;
  }

  /// The state-db went away: all is to be compared once it is back.
  void cutShort() {
    cutShort = true;
  }

  boolean isCutShort() {
    return cutShort;
  }

  boolean isStopping() {
    return stopping.getAsBoolean();
  }

  boolean isOver() {
    return givenUp || isStopping();
  }

  /// Somebody asked for a thread before its turn had come.
  void madeAhead(ThreadId thread) {
    madeAhead.add(thread);
  }

  /// What fails for one file is no matter of the others; a state-db that does not answer is.
  void attempt(RolloutRef ref, Attempt attempt) {
    if (isOver()) {
      return;
    }
    try {
      attempt.run().ifPresent(finding -> found(ref, finding));
    } catch (DataIntegrityViolationException | ConcurrencyFailureException | IOException ofThis) {
      failed(ref, ofThis);
    } catch (DataAccessException | TransactionException ofAll) {
      throw ofAll;
    } catch (RuntimeException | Error ofThis) {
      failed(ref, ofThis);
    }
  }

  private void failed(RolloutRef ref, Throwable failure) {
    if (!isOver()) {
      log.debug("rollout {} could not be compared with its row", ref.name(), failure);
      progress.count(Finding.FAILED);
      progress.problem(Finding.FAILED, ref, StorageFaults.shortCause(failure));
    }
  }

  void count(Finding finding) {
    progress.count(finding);
  }

  private void found(RolloutRef ref, Finding finding) {
    boolean ahead = finding == Finding.UNCHANGED && madeAhead.remove(ref.thread());
    progress.count(ahead ? Finding.ADDED : finding);
    switch (finding) {
      case NOT_A_ROLLOUT ->
          progress.problem(finding, ref, "its first line is not that of this thread");
      case OPEN ->
          progress.problem(
              finding, ref, "lies elsewhere than its row says, and the thread is open");
      case UNCHANGED, ADDED, BROUGHT_UP, MOVED, SET_ASIDE, ROLLOUT_MISSING, DELETED, FAILED -> {}
    }
  }
}
