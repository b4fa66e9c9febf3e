package dev.rollbook.retention;

import dev.rollbook.retention.Report.Count;
import dev.rollbook.retention.Report.Entry;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Adds up what a pass does, and can be asked while it goes on.
final class Tally {
  private static final int MOST_ENTRIES = 1000;

  private final boolean dryRun;
  private final Instant startedAt;
  private final Map<String, Count> actions = new LinkedHashMap<>();
  private final Map<String, Integer> kept = new TreeMap<>();
  private final List<Entry> threads = new ArrayList<>();
  private boolean more;
  private @Nullable Instant endedAt;
  private @Nullable String error;

  Tally(boolean dryRun, Instant startedAt) {
    this.dryRun = dryRun;
    this.startedAt = startedAt;
    for (var action : Action.values()) {
      actions.put(action.wireName(), Count.NONE);
    }
  }

  synchronized void done(Action action, ThreadRow row, long compressedBytes) {
    actions.computeIfPresent(
        action.wireName(), (name, count) -> count.plus(row.rolloutBytes(), compressedBytes));
    add(action, row, null);
  }

  synchronized void kept(Action action, ThreadRow row, String why) {
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

  private void add(Action action, ThreadRow row, @Nullable String why) {
    if (threads.size() == MOST_ENTRIES) {
      more = true;
      return;
    }
    var since =
        action == Action.DELETE ? Objects.requireNonNull(row.archivedAt()) : row.updatedAt();
    threads.add(new Entry(row.id(), row.name(), action.wireName(), since, row.rolloutBytes(), why));
  }
}
