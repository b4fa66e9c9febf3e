package dev.rollbook.codex.ingest;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.rollbook.model.WireName;
import dev.rollbook.statedb.ImportRow;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An import as the API returns it. Its components are the members of the JSON.
///
/// @param kind `path` or `upload`
/// @param path path as the client requested it; for an upload, the file name
/// @param items number of items that are new in their threads
/// @param bytes total size of the files that are done
/// @param error why the whole import failed, or why it is waiting
/// @param problems a JSON array of the first problems with single files
public record ImportView(
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
    @JsonRawValue String problems) {

  /// @param unchanged number of files, among those done, without new items
  /// @param deleted number of files that were skipped because their threads were deleted in
  ///   Rollbook
  public record Files(long seen, long done, long unchanged, long failed, long deleted) {}

  /// Average since the start.
  public record Rate(double filesPerSecond, double itemsPerSecond, double bytesPerSecond) {
    static Rate of(ImportRow row, Instant now) {
      var from = row.times().startedAt();
      if (from == null) {
        return new Rate(0, 0, 0);
      }
      var endedAt = row.times().endedAt();
      var end = endedAt == null ? now : endedAt;
      double seconds = Math.max(1, Duration.between(from, end).toMillis()) / 1000.0;
      return new Rate(
          rounded(row.counts().filesDone() / seconds),
          rounded(row.counts().items() / seconds),
          rounded(row.counts().bytes() / seconds));
    }

    private static double rounded(double value) {
      return Math.round(value * 10) / 10.0;
    }
  }

  static ImportView of(ImportRow row, Instant now) {
    var times = row.times();
    var counts = row.counts();
    return new ImportView(
        row.id(),
        row.request().kind(),
        row.request().path(),
        row.status(),
        times.createdAt(),
        times.startedAt(),
        times.endedAt(),
        new Files(
            counts.filesSeen(),
            counts.filesDone(),
            counts.filesUnchanged(),
            counts.filesFailed(),
            counts.filesDeleted()),
        counts.threadsCreated(),
        counts.items(),
        counts.quarantinedLines(),
        counts.bytes(),
        Rate.of(row, now),
        row.error(),
        row.problems());
  }

  /// State of an import.
  public enum ImportStatus implements WireName {
    QUEUED,
    RUNNING,
    DONE,
    CANCELLED,
    FAILED;

    boolean isOver() {
      return this != QUEUED && this != RUNNING;
    }
  }
}
