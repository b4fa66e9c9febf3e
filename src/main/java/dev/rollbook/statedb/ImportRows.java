package dev.rollbook.statedb;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Imports: what was asked for, and what became of it.
public interface ImportRows extends Repository<ImportRow, UUID>, Inserts<ImportRow> {
  Optional<ImportRow> findById(UUID id);

  /// Newest first, strictly after the given one.
  @Query(
      """
      SELECT * FROM import WHERE CAST(:after AS UUID) IS NULL OR id < :after
      ORDER BY id DESC
      LIMIT :limit
      """)
  List<ImportRow> page(@Nullable UUID after, int limit);

  /// Those that are to go on after a restart, oldest first.
  @Query("SELECT * FROM import WHERE status IN ('queued', 'running') ORDER BY id")
  List<ImportRow> unfinished();

  @Modifying
  @Query(
      """
      UPDATE import SET status = :#{#row.status}, started_at = :#{#row.startedAt},
        ended_at = :#{#row.endedAt}, files_seen = :#{#row.filesSeen},
        files_done = :#{#row.filesDone}, files_unchanged = :#{#row.filesUnchanged},
        files_failed = :#{#row.filesFailed}, files_deleted = :#{#row.filesDeleted},
        threads_created = :#{#row.threadsCreated},
        items = :#{#row.items}, quarantined_lines = :#{#row.quarantinedLines},
        bytes = :#{#row.bytes}, error = :#{#row.error}, problems = :#{#row.problems}
      WHERE id = :#{#row.id}
      """)
  int update(ImportRow row);
}
