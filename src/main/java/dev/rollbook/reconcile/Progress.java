package dev.rollbook.reconcile;

import dev.rollbook.rollout.RolloutRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How far one comparison is, and what it found; asked while it runs.
final class Progress {
  private static final int MOST_PROBLEMS = 100;

  private final Instant startedAt;
  private final Map<Finding, AtomicLong> counts = new ConcurrentHashMap<>();
  private final AtomicLong compared = new AtomicLong();
  private final List<Problem> problems = new ArrayList<>();
  private volatile long rollouts;
  private volatile Phase phase = Phase.NAMES;
  private volatile @Nullable Instant endedAt;
  private volatile @Nullable String error;

  Progress(Instant startedAt) {
    this.startedAt = startedAt;
  }

  /// What is being looked at, or how it ended.
  enum Phase {
    NAMES,
    ROLLOUTS,
    ROWS,
    DONE,
    STOPPED,
    FAILED
  }

  /// Something that a person should know of.
  ///
  /// @param rollout its path below the data-dir
  record Problem(String finding, String threadId, String rollout, String detail) {}

  /// @param phase `names`, `rollouts`, `rows`; then `done`, `stopped` or `failed`
  /// @param rollouts that there are
  /// @param compared of them, so far
  /// @param counts what was found and done, by name
  /// @param error why it was given up
  /// @param problems the first ones
  record Shown(
      String phase,
      Instant startedAt,
      @Nullable Instant endedAt,
      long rollouts,
      long compared,
      Map<String, Long> counts,
      @Nullable String error,
      List<Problem> problems) {}

  Shown shown() {
    return new Shown(
        phase.name().toLowerCase(Locale.ROOT),
        startedAt,
        endedAt,
        rollouts,
        compared.get(),
        counts(),
        error,
        problems());
  }

  void enter(Phase next, long rolloutsInAll) {
    rollouts = rolloutsInAll;
    phase = next;
  }

  void compared(int files) {
    compared.addAndGet(files);
  }

  void count(Finding finding) {
    counter(finding).incrementAndGet();
  }

  long of(Finding finding) {
    return counter(finding).get();
  }

  void problem(Finding finding, RolloutRef ref, String detail) {
    problem(finding, ref.thread().value(), ref.name(), detail);
  }

  void problem(Finding finding, UUID thread, String rollout, String detail) {
    synchronized (problems) {
      if (problems.size() < MOST_PROBLEMS) {
        problems.add(new Problem(finding.wireName(), thread.toString(), rollout, detail));
      }
    }
  }

  void end(Phase how, Instant at) {
    endedAt = at;
    phase = how;
  }

  void fail(String why, Instant at) {
    error = why;
    end(Phase.FAILED, at);
  }

  String howFar() {
    return "%d of %d; %s".formatted(compared.get(), rollouts, counted());
  }

  /// Counts that are not 0.
  String counted() {
    var counted =
        counts().entrySet().stream()
            .filter(count -> count.getValue() > 0)
            .map(count -> count.getKey() + " " + count.getValue())
            .collect(Collectors.joining(", "));
    return counted.isEmpty() ? "nothing" : counted;
  }

  double seconds() {
    var end = endedAt;
    return end == null ? 0 : Duration.between(startedAt, end).toMillis() / 1000.0;
  }

  /// The first history that is lost, or cannot be read; null for none.
  @Nullable Problem firstLoss() {
    return problems().stream().filter(Progress::isLoss).findFirst().orElse(null);
  }

  private static boolean isLoss(Problem problem) {
    return problem.finding().equals(Finding.ROLLOUT_MISSING.wireName())
        || problem.finding().equals(Finding.FAILED.wireName());
  }

  private AtomicLong counter(Finding finding) {
    return counts.computeIfAbsent(finding, none -> new AtomicLong());
  }

  private Map<String, Long> counts() {
    var named = new LinkedHashMap<String, Long>();
    for (var finding : Finding.values()) {
      named.put(finding.wireName(), of(finding));
    }
    return named;
  }

  private List<Problem> problems() {
    synchronized (problems) {
      return List.copyOf(problems);
    }
  }
}
