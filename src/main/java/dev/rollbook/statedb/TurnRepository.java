package dev.rollbook.statedb;

import dev.rollbook.statedb.jdbc.RowWrites;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository of turns, by thread. The id of a turn is unique only within its thread, so every
/// query also has the id of the thread.
public interface TurnRepository extends Repository<TurnRow, UUID>, RowWrites<TurnRow> {
  @Query("SELECT * FROM turn WHERE thread_id = :threadId AND id = :id")
  Optional<TurnRow> find(UUID threadId, UUID id);

  /// Oldest first, strictly after the turn that begins at `afterOrdinal`.
  @Query(
      """
      SELECT * FROM turn WHERE thread_id = :threadId AND first_ordinal > :afterOrdinal
      ORDER BY first_ordinal
      LIMIT :limit
      """)
  List<TurnRow> page(UUID threadId, long afterOrdinal, int limit);

  /// Turns with token usage, in the order of their start.
  @Query(
      """
      SELECT * FROM turn WHERE thread_id = :threadId AND usage_json IS NOT NULL
      ORDER BY first_ordinal
      """)
  List<TurnRow> withUsage(UUID threadId);

  @Modifying
  @Query(
      """
      UPDATE turn SET status = :status, completed_at = :completedAt, error = :error
      WHERE thread_id = :threadId AND id = :id AND completed_at IS NULL
      """)
  int end(UUID threadId, UUID id, String status, Instant completedAt, @Nullable String error);

  /// Removes the turn as it was inserted, but not one with the same id that was started again.
  @Modifying
  @Query(
      """
      DELETE FROM turn WHERE thread_id = :threadId AND id = :id AND started_at = :startedAt
        AND completed_at IS NULL AND item_count = 0 AND skipped_item_count = 0
      """)
  int removeUnused(UUID threadId, UUID id, Instant startedAt);

  @Modifying
  @Query("DELETE FROM turn WHERE thread_id = :threadId AND id = :id")
  int remove(UUID threadId, UUID id);
}
