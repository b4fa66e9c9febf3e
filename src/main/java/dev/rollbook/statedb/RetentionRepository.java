package dev.rollbook.statedb;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository of the threads for which an action of retention is due, the longest overdue first.
/// Each page begins strictly after the last row of the previous page, so a thread that retention
/// skips is read only once.
public interface RetentionRepository extends Repository<ThreadRow, UUID> {
  @Query(
      """
      SELECT * FROM thread
      WHERE archived_at IS NULL AND NOT pinned AND active_turn_id IS NULL
        AND updated_at < :before AND (updated_at, id) > (:afterAt, :afterId)
      ORDER BY updated_at, id
      LIMIT :limit
      """)
  List<ThreadRow> toArchive(Instant before, Instant afterAt, UUID afterId, int limit);

  @Query(
      """
      SELECT * FROM thread
      WHERE NOT pinned AND archived_at < :before AND (archived_at, id) > (:afterAt, :afterId)
      ORDER BY archived_at, id
      LIMIT :limit
      """)
  List<ThreadRow> toDelete(Instant before, Instant afterAt, UUID afterId, int limit);

  @Query(
      """
      SELECT * FROM thread
      WHERE compressed_bytes IS NULL AND rollout_bytes > 0 AND active_turn_id IS NULL
        AND updated_at < :before AND (updated_at, id) > (:afterAt, :afterId)
      ORDER BY updated_at, id
      LIMIT :limit
      """)
  List<ThreadRow> toCompress(Instant before, Instant afterAt, UUID afterId, int limit);

  @Modifying
  @Query("UPDATE thread SET compressed_bytes = :bytes WHERE id = :id")
  int compressed(UUID id, long bytes);
}
