package dev.rollbook.reconcile;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutCatalog;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionException;

/// State of one comparison of rollouts and rows: the file names of all rollouts, the names of
/// threads, and the progress. Any Java thread may read the progress.
final class ReconcileState {
  private static final Logger log = LoggerFactory.getLogger(ReconcileState.class);
  private static final int MAX_PROBLEMS = 100;

  private final boolean afterLoss;
  private final Instant startedAt;
  private final Map<ThreadId, Named> names;
  private final BooleanSupplier stopping;
  private final CompletableFuture<RolloutCatalog> rollouts = new CompletableFuture<>();
  private final ConcurrentMap<ThreadId, ReconcileOutcome> settledAhead = new ConcurrentHashMap<>();
  private final Map<ReconcileOutcome, AtomicLong> counts = new ConcurrentHashMap<>();
  private final AtomicLong compared = new AtomicLong();
  private final List<ReconcileProblem> problems = new ArrayList<>();
  private volatile Phase phase = Phase.NAMES;
  private volatile long total;
  private volatile @Nullable Instant endedAt;
  private volatile @Nullable String error;
  private volatile boolean givenUp;
  private volatile boolean cutShort;

  /// @param afterLoss whether the state-db may have lost recent writes
  /// @param names that threads have in `session_index.jsonl`
  ReconcileState(
      boolean afterLoss, Instant startedAt, Map<ThreadId, Named> names, BooleanSupplier stopping) {
    this.afterLoss = afterLoss;
    this.startedAt = startedAt;
    this.names = names;
    this.stopping = stopping;
  }

  /// What is being compared, or how the comparison ended.
  enum Phase {
    NAMES,
    ROLLOUTS,
    ROWS,
    DONE,
    STOPPED,
    FAILED
  }

  /// A finding that an operator should know of.
  ///
  /// @param rollout its path below the data-dir
  record ReconcileProblem(String finding, String threadId, String rollout, String detail) {}

  /// The progress at one moment.
  ///
  /// @param phase `names`, `rollouts`, `rows`; then `done`, `stopped` or `failed`
  /// @param rollouts that there are
  /// @param compared of them, so far
  /// @param counts of rollouts and rows, by outcome
  /// @param error why the comparison ended early
  /// @param problems the first ones
  record Progress(
      String phase,
      Instant startedAt,
      @Nullable Instant endedAt,
      long rollouts,
      long compared,
      Map<String, Long> counts,
      @Nullable String error,
      List<ReconcileProblem> problems) {

    /// The outcomes that occurred.
    String summary() {
      var summary =
          counts.entrySet().stream()
              .filter(count -> count.getValue() > 0)
              .map(count -> count.getKey() + " " + count.getValue())
              .collect(Collectors.joining(", "));
      return summary.isEmpty() ? "nothing" : summary;
    }

    /// The first rollout that is missing or cannot be read; null for none.
    @Nullable ReconcileProblem firstLoss() {
      return problems.stream()
          .filter(problem ->
              problem.finding().equals(ReconcileOutcome.ROLLOUT_MISSING.wireName())
                  || problem.finding().equals(ReconcileOutcome.FAILED.wireName()))
          .findFirst()
          .orElse(null);
    }
  }

  boolean isAfterLoss() {
    return afterLoss;
  }

  Map<ThreadId, Named> names() {
    return names;
  }

  /// The rollouts have been listed.
  void found(RolloutCatalog all) {
    rollouts.complete(all);
  }

  /// Waits until the rollouts have been listed.
  RolloutCatalog rollouts() {
    return rollouts.join();
  }

  void giveUp() {
    givenUp = true;
  }

  /// The state-db became unavailable: another comparison must follow once it is back.
  void cutShort() {
    cutShort = true;
  }

  boolean isCutShort() {
    return cutShort;
  }

  /// Whether the comparison has ended, with all rollouts compared.
  boolean isComplete() {
    return phase == Phase.DONE;
  }

  boolean isStopping() {
    return stopping.getAsBoolean();
  }

  boolean isOver() {
    return givenUp || isStopping();
  }

  /// The row of a thread was changed ahead of its turn, as a request needed it. The outcome counts
  /// when its turn comes.
  void settledAhead(ThreadId thread, ReconcileOutcome outcome) {
    settledAhead.putIfAbsent(thread, outcome);
  }

  /// Counts the outcome for one rollout. A failure of one rollout does not end the comparison, but
  /// an unavailable state-db does.
  ///
  /// @param attempt empty if nothing has to be said of the rollout any more
  void attempt(RolloutRef ref, IoRecovery.Operation<Optional<ReconcileOutcome>> attempt) {
    if (isOver()) {
      return;
    }
    try {
      attempt.run().ifPresent(outcome -> record(ref, outcome));
    } catch (OwnedElsewhereException e) {
      log.debug("rollout {} is left to the replica that has the thread", ref.name(), e);
      count(ReconcileOutcome.UNCHANGED);
    } catch (DataIntegrityViolationException | ConcurrencyFailureException | IOException e) {
      failed(ref, e);
    } catch (DataAccessException | TransactionException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      failed(ref, e);
    }
  }

  private void failed(RolloutRef ref, Throwable failure) {
    if (!isOver()) {
      log.debug("rollout {} could not be compared with its row", ref.name(), failure);
      problem(ReconcileOutcome.FAILED, ref, StorageFaults.shortCause(failure));
    }
  }

  private void record(RolloutRef ref, ReconcileOutcome outcome) {
    switch (outcome) {
      case NOT_ROLLOUTS -> problem(outcome, ref, "its first line is not that of this thread");
      case OPEN ->
          problem(outcome, ref, "is not at the path in its row, and the thread is in memory");
      case UNCHANGED ->
          count(
              Objects.requireNonNullElse(
                  settledAhead.remove(ref.thread()), ReconcileOutcome.UNCHANGED));
      case ADDED, BROUGHT_UP, MOVED, SET_ASIDE, ROLLOUT_MISSING, DELETED, FAILED -> count(outcome);
    }
  }

  void enter(Phase next, long rolloutsInAll) {
    total = rolloutsInAll;
    phase = next;
  }

  void compared(int files) {
    compared.addAndGet(files);
  }

  void count(ReconcileOutcome outcome) {
    counts.computeIfAbsent(outcome, none -> new AtomicLong()).incrementAndGet();
  }

  long countOf(ReconcileOutcome outcome) {
    var count = counts.get(outcome);
    return count == null ? 0 : count.get();
  }

  /// Counts an outcome and reports it.
  void problem(ReconcileOutcome outcome, RolloutRef ref, String detail) {
    count(outcome);
    synchronized (problems) {
      if (problems.size() < MAX_PROBLEMS) {
        problems.add(
            new ReconcileProblem(outcome.wireName(), ref.thread().toString(), ref.name(), detail));
      }
    }
  }

  void end(Phase how, @Nullable String why, Instant at) {
    error = why;
    endedAt = at;
    phase = how;
  }

  Progress progress() {
    var named = new LinkedHashMap<String, Long>();
    for (var outcome : ReconcileOutcome.values()) {
      named.put(outcome.wireName(), countOf(outcome));
    }
    synchronized (problems) {
      return new Progress(
          phase.name().toLowerCase(Locale.ROOT),
          startedAt,
          endedAt,
          total,
          compared.get(),
          named,
          error,
          List.copyOf(problems));
    }
  }
}
