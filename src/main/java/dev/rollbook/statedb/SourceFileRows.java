package dev.rollbook.statedb;

import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Files of others that were taken, by their path.
public interface SourceFileRows extends Repository<SourceFileRow, String>, Inserts<SourceFileRow> {
  Optional<SourceFileRow> findById(String path);

  @Query("SELECT EXISTS (SELECT 1 FROM source_file WHERE thread_id = :thread)")
  boolean existsByThread(UUID thread);

  @Modifying
  @Query("DELETE FROM source_file WHERE path = :path")
  int remove(String path);

  @Modifying
  @Query(
      """
      UPDATE source_file SET thread_id = :#{#row.threadId}, bytes = :#{#row.bytes},
        modified_at = :#{#row.modifiedAt}
      WHERE path = :#{#row.path}
      """)
  int update(SourceFileRow row);
}
