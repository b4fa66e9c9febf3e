package dev.rollbook.api;

import dev.rollbook.rollout.DataDir;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.ThreadView;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A thread in the form of the API.
record ThreadResource(
    UUID id,
    @Nullable String name,
    @Nullable String preview,
    String status,
    @Nullable String source,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String cliVersion,
    @Nullable RawText git,
    RawText metadata,
    String persistence,
    @Nullable UUID forkedFromId,
    String kind,
    @Nullable UUID parentThreadId,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant archivedAt,
    boolean pinned,
    int turnCount,
    @Nullable UUID activeTurnId,
    long itemCount,
    long nextOrdinal,
    String completeness,
    UsageSums usage,
    RolloutFile rollout) {

  static ThreadResource of(ThreadView view) {
    var row = view.row();
    return new ThreadResource(
        row.id(),
        row.name(),
        row.preview(),
        view.status().wireName(),
        row.source(),
        row.cwd(),
        row.model(),
        row.modelProvider(),
        row.cliVersion(),
        RawText.ofNullable(row.git()),
        row.metadata() == null ? RawText.EMPTY_OBJECT : new RawText(row.metadata()),
        row.persistence(),
        row.forkedFromId(),
        row.kind(),
        row.parentThreadId(),
        row.createdAt(),
        row.updatedAt(),
        row.archivedAt(),
        row.pinned(),
        row.turnCount(),
        row.activeTurnId(),
        row.itemCount(),
        row.nextOrdinal(),
        row.openGaps() == 0 ? "complete" : "gapped",
        UsageSums.of(row),
        RolloutFile.of(row));
  }

  /// What its turns used; null where none said anything.
  ///
  /// @param inherited by turns that a fork has from its parent
  record UsageSums(@Nullable RawText own, @Nullable RawText inherited) {
    static UsageSums of(ThreadRow row) {
      return new UsageSums(
          RawText.ofNullable(row.ownUsage()), RawText.ofNullable(row.inheritedUsage()));
    }
  }

  /// @param path below the data-dir, as the file is called there
  /// @param bytes of history, which may be compressed
  /// @param compressedBytes what they take on the disk; null where they are not compressed
  record RolloutFile(String path, long bytes, @Nullable Long compressedBytes) {
    static RolloutFile of(ThreadRow row) {
      var path = row.rolloutPath();
      return new RolloutFile(
          row.compressedBytes() == null ? path : DataDir.compressed(path),
          row.rolloutBytes(),
          row.compressedBytes());
    }
  }
}
