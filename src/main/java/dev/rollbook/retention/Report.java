package dev.rollbook.retention;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a pass did, or would do.
///
/// @param dryRun whether it only looked
/// @param endedAt null while it goes on
/// @param actions by `archive`, `delete` and `compress`
/// @param kept threads whose time had come and that were left alone, by the reason
/// @param threads the first of them, each with what was done, or why not
/// @param more whether there were others
/// @param error why it ended early
record Report(
    boolean dryRun,
    Instant startedAt,
    @Nullable Instant endedAt,
    Map<String, Count> actions,
    Map<String, Integer> kept,
    List<Entry> threads,
    boolean more,
    @Nullable String error) {

  /// Whether there is anything to tell a person of.
  boolean isWorthTelling() {
    return !threads.isEmpty();
  }

  /// @param bytes of the rollouts, as their readers see them
  /// @param compressedBytes what they take where they were compressed now
  record Count(int threads, long bytes, long compressedBytes) {
    static final Count NONE = new Count(0, 0, 0);

    Count plus(long moreBytes, long moreCompressed) {
      return new Count(threads + 1, bytes + moreBytes, compressedBytes + moreCompressed);
    }
  }

  /// @param since when the thread was updated or, to be deleted, archived
  /// @param kept why it was left alone; null where it was not
  record Entry(
      UUID id,
      @Nullable String name,
      String action,
      Instant since,
      long bytes,
      @Nullable String kept) {}
}
