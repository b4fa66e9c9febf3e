package dev.rollbook.retention;

import dev.rollbook.statedb.ThreadRow;
import io.micrometer.core.instrument.Counter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Counts of the actions of a retention pass. Any Java thread may read the counts while the pass
/// runs.
final class RetentionTally {
  private static final int MAX_ENTRIES = 1000;

  private final boolean dryRun;
  private final Instant startedAt;
  private final Map<RetentionAction, Counter> meters;
  private final Map<String, Count> actions = new LinkedHashMap<>();
  private final Map<String, Integer> kept = new TreeMap<>();
  private final List<Entry> threads = new ArrayList<>();
  private boolean more;
  private @Nullable Instant endedAt;
  private @Nullable String error;

  /// @param meters are not incremented in a dry run
  RetentionTally(boolean dryRun, Instant startedAt, Map<RetentionAction, Counter> meters) {
    this.dryRun = dryRun;
    this.startedAt = startedAt;
    this.meters = meters;
    for (var action : RetentionAction.values()) {
      actions.put(action.wireName(), Count.NONE);
    }
  }

  /// What a pass did, or would do.
  ///
  /// @param dryRun whether nothing was changed
  /// @param endedAt null while the pass runs
  /// @param actions by `archive`, `delete` and `compress`
  /// @param kept threads that were due but left alone, by the reason
  /// @param threads the first of them, each with what was done, or why not
  /// @param more whether there were others
  /// @param error why the pass ended early
  record Report(
      boolean dryRun,
      Instant startedAt,
      @Nullable Instant endedAt,
      Map<String, Count> actions,
      Map<String, Integer> kept,
      List<Entry> threads,
      boolean more,
      @Nullable String error) {}

  /// @param bytes of the rollouts, uncompressed
  /// @param compressedBytes of the rollouts that this pass compressed
  record Count(int threads, long bytes, long compressedBytes) {
    static final Count NONE = new Count(0, 0, 0);

    Count plus(long moreBytes, long moreCompressed) {
      return new Count(threads + 1, bytes + moreBytes, compressedBytes + moreCompressed);
    }
  }

  /// @param since when the thread was updated or, to be deleted, archived
  /// @param kept why it was left alone; null if it was not
  record Entry(
      UUID id,
      @Nullable String name,
      String action,
      Instant since,
      long bytes,
      @Nullable String kept) {}

  void done(RetentionAction action, ThreadRow row) {
    done(action, row, 0);
  }

  synchronized void done(RetentionAction action, ThreadRow row, long compressedBytes) {
    if (!dryRun) {
      Objects.requireNonNull(meters.get(action)).increment();
    }
    actions.computeIfPresent(
        action.wireName(),
        (name, count) -> count.plus(row.storage().rolloutBytes(), compressedBytes));
    add(action, row, null);
  }

  synchronized void kept(RetentionAction action, ThreadRow row, String why) {
    kept.merge(why, 1, Integer::sum);
    add(action, row, why);
  }

  synchronized void ended(Instant at, @Nullable String cause) {
    endedAt = at;
    error = cause;
  }

  synchronized Report report() {
    return new Report(
        dryRun,
        startedAt,
        endedAt,
        new LinkedHashMap<>(actions),
        new TreeMap<>(kept),
        List.copyOf(threads),
        more,
        error);
  }

  private void add(RetentionAction action, ThreadRow row, @Nullable String why) {
    if (threads.size() == MAX_ENTRIES) {
      more = true;
      return;
    }
    threads.add(
        new Entry(
            row.id(),
            row.attributes().name(),
            action.wireName(),
            action.since(row),
            row.storage().rolloutBytes(),
            why));
  }
}
