package dev.rollbook.api;

import dev.rollbook.statedb.ImportRow;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An import in the form of the API.
///
/// @param kind `path` or `upload`
/// @param path as it was asked for; of an upload, the name of its file
/// @param items that are new in their threads
/// @param bytes of the files that are done
/// @param error why it failed as a whole, or what it waits for
/// @param problems the first files that were not taken as they are
record ImportResource(
    UUID id,
    String kind,
    String path,
    String status,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    Files files,
    long threadsCreated,
    long items,
    long quarantinedLines,
    long bytes,
    Rate rate,
    @Nullable String error,
    RawText problems) {

  /// @param unchanged those of the files that are done that brought nothing new
  /// @param deleted those that were passed over, as their threads were deleted here
  record Files(long seen, long done, long unchanged, long failed, long deleted) {}

  /// Over all of the time so far.
  record Rate(double filesPerSecond, double itemsPerSecond, double bytesPerSecond) {
    static Rate of(ImportRow row, Instant now) {
      var from = row.startedAt();
      if (from == null) {
        return new Rate(0, 0, 0);
      }
      var end = row.endedAt() == null ? now : row.endedAt();
      double seconds = Math.max(1, Duration.between(from, end).toMillis()) / 1000.0;
      return new Rate(
          rounded(row.filesDone() / seconds),
          rounded(row.items() / seconds),
          rounded(row.bytes() / seconds));
    }

    private static double rounded(double value) {
      return Math.round(value * 10) / 10.0;
    }
  }

  static ImportResource of(ImportRow row, Instant now) {
    return new ImportResource(
        row.id(),
        row.kind(),
        row.path(),
        row.status(),
        row.createdAt(),
        row.startedAt(),
        row.endedAt(),
        new Files(
            row.filesSeen(),
            row.filesDone(),
            row.filesUnchanged(),
            row.filesFailed(),
            row.filesDeleted()),
        row.threadsCreated(),
        row.items(),
        row.quarantinedLines(),
        row.bytes(),
        Rate.of(row, now),
        row.error(),
        new RawText(row.problems()));
  }
}
