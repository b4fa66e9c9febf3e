package dev.rollbook.statedb;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// What histories lack.
public interface GapRows extends Repository<GapRow, UUID>, Inserts<GapRow> {
  long count();

  /// Gaps that have an ordinal in the given range, in order.
  @Query(
      """
      SELECT * FROM gap
      WHERE thread_id = :threadId AND next_ordinal > :first AND first_ordinal <= :last
      ORDER BY first_ordinal
      """)
  List<GapRow> within(UUID threadId, long first, long last);
}
