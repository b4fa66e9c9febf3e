package dev.rollbook.statedb;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Files of others that were taken, by their thread and path.
public interface SourceFileRows extends Repository<SourceFileRow, String>, Inserts<SourceFileRow> {
  /// Whether the file was taken just as it is.
  @Query(
      """
      SELECT EXISTS (
        SELECT 1 FROM source_file
        WHERE thread_id = :#{#row.threadId} AND path = :#{#row.path} AND bytes = :#{#row.bytes}
          AND modified_at = :#{#row.modifiedAt})
      """)
  boolean has(SourceFileRow row);

  @Query("SELECT EXISTS (SELECT 1 FROM source_file WHERE thread_id = :thread)")
  boolean existsByThread(UUID thread);

  @Query("SELECT * FROM source_file WHERE thread_id = :thread")
  List<SourceFileRow> ofThread(UUID thread);

  @Modifying
  @Query("DELETE FROM source_file WHERE thread_id = :thread AND path = :path")
  int remove(UUID thread, String path);

  @Modifying
  @Query(
      """
      UPDATE source_file SET bytes = :#{#row.bytes}, modified_at = :#{#row.modifiedAt}
      WHERE thread_id = :#{#row.threadId} AND path = :#{#row.path}
      """)
  int update(SourceFileRow row);
}
