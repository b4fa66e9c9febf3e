package dev.rollbook.statedb;

import dev.rollbook.access.Access;
import dev.rollbook.statedb.jdbc.RowWrites;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository of imports: their requests and results.
public interface ImportRepository extends Repository<ImportRow, UUID>, RowWrites<ImportRow> {
  @Query("SELECT * FROM import WHERE id = :id")
  Optional<ImportRow> findById(UUID id);

  /// Those that the caller sees, newest first, strictly after the given one.
  default List<ImportRow> page(Access access, @Nullable UUID after, int limit) {
    return page(access.tenant(), access.principal(), access.seesUnowned(), after, limit);
  }

  @Query(
      "SELECT * FROM import WHERE (CAST(:after AS UUID) IS NULL OR id < :after) AND ("
          + AccessCondition.NULLABLE
          + ") ORDER BY id DESC LIMIT :limit")
  List<ImportRow> page(
      @Nullable String tenant,
      @Nullable String principal,
      boolean seesUnowned,
      @Nullable UUID after,
      int limit);

  /// Imports that continue after a restart, oldest first.
  @Query("SELECT * FROM import WHERE status IN ('queued', 'running') ORDER BY id")
  List<ImportRow> unfinished();

  /// Makes another replica the one that runs an unfinished import.
  ///
  /// @param before the one that runs it now; null for none
  @Modifying
  @Query(
      """
      UPDATE import SET replica = :replica
      WHERE id = :id AND status IN ('queued', 'running')
        AND (replica = :before OR (replica IS NULL AND CAST(:before AS UUID) IS NULL))
      """)
  int take(UUID id, @Nullable UUID before, UUID replica);

  /// Gives up the imports of a replica, which others may run from now on.
  @Modifying
  @Query(
      """
      UPDATE import SET replica = NULL WHERE replica = :replica AND status IN ('queued', 'running')
      """)
  int giveUp(UUID replica);

  /// Asks the replica that runs an import to cancel it.
  @Modifying
  @Query("UPDATE import SET cancelled = TRUE WHERE id = :id AND status IN ('queued', 'running')")
  int cancel(UUID id);

  @Query("SELECT id FROM import WHERE id IN (:ids) AND cancelled")
  List<UUID> cancelledAmong(Collection<UUID> ids);

  /// Only the replica of the row changes it.
  default int update(ImportRow row) {
    return update(
        """
        UPDATE import SET status = :status, started_at = :startedAt,
          ended_at = :endedAt, files_seen = :filesSeen,
          files_done = :filesDone, files_unchanged = :filesUnchanged,
          files_failed = :filesFailed, files_deleted = :filesDeleted,
          threads_created = :threadsCreated,
          items = :items, quarantined_lines = :quarantinedLines,
          bytes = :bytes, error = :error, problems = :problems
        WHERE id = :id AND (replica IS NULL OR replica = :replica)
        """,
        row,
        Map.of());
  }
}
