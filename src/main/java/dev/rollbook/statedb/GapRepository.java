package dev.rollbook.statedb;

import dev.rollbook.statedb.jdbc.RowWrites;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository of gaps, by thread.
public interface GapRepository extends Repository<GapRow, UUID>, RowWrites<GapRow> {
  @Query("SELECT COUNT(*) FROM gap WHERE repaired_at IS NULL")
  long countOpen();

  @Query("SELECT COUNT(*) FROM gap WHERE thread_id = :threadId AND repaired_at IS NULL")
  int countOpen(UUID threadId);

  /// The first ordinal after all gaps; 0 if there are none.
  @Query("SELECT COALESCE(MAX(next_ordinal), 0) FROM gap WHERE thread_id = :threadId")
  long end(UUID threadId);

  /// Gaps in order: the open ones, and those repaired after the given time.
  @Query(
      """
      SELECT * FROM gap
      WHERE thread_id = :threadId AND (repaired_at IS NULL OR repaired_at > :repairedAfter)
      ORDER BY first_ordinal
      """)
  List<GapRow> all(UUID threadId, Instant repairedAfter);

  @Query("SELECT * FROM gap WHERE thread_id = :threadId AND id = :id")
  Optional<GapRow> find(UUID threadId, UUID id);

  /// Open gaps that have an ordinal in the given range, in order.
  @Query(
      """
      SELECT * FROM gap
      WHERE thread_id = :threadId AND repaired_at IS NULL
        AND next_ordinal > :first AND first_ordinal <= :last
      ORDER BY first_ordinal
      """)
  List<GapRow> within(UUID threadId, long first, long last);

  /// Open gaps in order, strictly after the one that begins at `afterOrdinal`.
  @Query(
      """
      SELECT * FROM gap
      WHERE thread_id = :threadId AND repaired_at IS NULL AND first_ordinal > :afterOrdinal
      ORDER BY first_ordinal
      LIMIT :limit
      """)
  List<GapRow> page(UUID threadId, long afterOrdinal, int limit);

  default int update(GapRow gap) {
    return update(
        """
        UPDATE gap SET first_ordinal = :firstOrdinal, next_ordinal = :nextOrdinal,
          repaired_at = :repairedAt
        WHERE id = :id
        """,
        gap,
        Map.of());
  }

  @Modifying
  @Query("DELETE FROM gap WHERE id = :id")
  int remove(UUID id);
}
