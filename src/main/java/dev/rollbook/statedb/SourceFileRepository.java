package dev.rollbook.statedb;

import dev.rollbook.statedb.jdbc.RowWrites;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository of imported source files, by thread and path.
public interface SourceFileRepository
    extends Repository<SourceFileRow, String>, RowWrites<SourceFileRow> {
  /// Whether the file was imported in this very state.
  default boolean has(SourceFileRow row) {
    return has(row.threadId(), row.path(), row.bytes(), row.modifiedAt());
  }

  @Query(
      """
      SELECT EXISTS (
        SELECT 1 FROM source_file
        WHERE thread_id = :thread AND path = :path AND bytes = :bytes AND modified_at = :modifiedAt)
      """)
  boolean has(UUID thread, String path, long bytes, Instant modifiedAt);

  @Query("SELECT EXISTS (SELECT 1 FROM source_file WHERE thread_id = :thread)")
  boolean existsByThread(UUID thread);

  @Query("SELECT * FROM source_file WHERE thread_id = :thread")
  List<SourceFileRow> ofThread(UUID thread);

  @Modifying
  @Query("DELETE FROM source_file WHERE thread_id = :thread AND path = :path")
  int remove(UUID thread, String path);

  default int update(SourceFileRow row) {
    return update(
        """
        UPDATE source_file SET bytes = :bytes, modified_at = :modifiedAt
        WHERE thread_id = :threadId AND path = :path
        """,
        row,
        Map.of());
  }
}
