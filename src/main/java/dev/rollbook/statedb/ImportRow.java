package dev.rollbook.statedb;

import dev.rollbook.access.Owner;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// The row of an import in the state-db. While the import runs, the row may be up to a second out
/// of date.
///
/// @param problems a JSON array
/// @param replica that runs it, and is the only one to change the row; null for none
@Table("import")
public record ImportRow(
    @Id UUID id,
    Request request,
    String status,
    Times times,
    Counts counts,
    @Nullable String error,
    String problems,
    @Nullable UUID replica) {

  /// @param path path as the client requested it; for an upload, the file name
  /// @param owner decides who sees the import, and owns the threads that it creates
  public record Request(String kind, String path, Owner owner) {}

  public record Times(Instant createdAt, @Nullable Instant startedAt, @Nullable Instant endedAt) {}

  /// @param filesUnchanged processed files without new lines
  /// @param filesDeleted files that were skipped because their threads are deleted in Rollbook
  public record Counts(
      long filesSeen,
      long filesDone,
      long filesUnchanged,
      long filesFailed,
      long filesDeleted,
      long threadsCreated,
      long items,
      long quarantinedLines,
      long bytes) {}
}
