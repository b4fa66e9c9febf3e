package dev.rollbook.statedb;

import static java.util.stream.Collectors.toMap;

import dev.rollbook.access.Owner;
import dev.rollbook.statedb.jdbc.RowWrites;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Modifying;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;

/// Repository that reads and updates threads by id. [dev.rollbook.statedb.listing.ThreadListing]
/// reads lists of threads.
public interface ThreadRepository extends Repository<ThreadRow, UUID>, RowWrites<ThreadRow> {
  /// Reads only the columns that are compared with the rollout.
  String SELECT_LOCATION =
      """
      SELECT id, rollout_path, rollout_bytes, compressed_bytes, ordered, reading, updated_at
      FROM thread
      """;

  @Query("SELECT * FROM thread WHERE id = :id")
  Optional<ThreadRow> findById(UUID id);

  @Query("SELECT EXISTS (SELECT 1 FROM thread WHERE id = :id)")
  boolean existsById(UUID id);

  /// Whether the thread has a row with this rollout. If it has after a `DuplicateKeyException`, a
  /// concurrent comparison has found the new rollout and has inserted the row from it.
  @Query("SELECT EXISTS (SELECT 1 FROM thread WHERE id = :id AND rollout_path = :path)")
  boolean existsWithRollout(UUID id, String path);

  /// The owner of a thread; empty if there is no such thread.
  default Optional<Owner> ownerOf(UUID id) {
    return findOwners(List.of(id)).stream().findFirst();
  }

  @Query("SELECT tenant, principal FROM thread WHERE id IN (:ids)")
  List<Owner> findOwners(Collection<UUID> ids);

  @Query("SELECT COUNT(*) FROM thread")
  long count();

  /// @param ids at least one
  @Query("SELECT * FROM thread WHERE id IN (:ids)")
  List<ThreadRow> findAmong(Collection<UUID> ids);

  default List<ThreadRow> findAllById(Collection<UUID> ids) {
    return ids.isEmpty() ? List.of() : findAmong(ids);
  }

  /// @param ids at least one
  @Query(SELECT_LOCATION + "WHERE id IN (:ids)")
  List<ThreadLocation> locationsAmong(Collection<UUID> ids);

  /// Locations of those of the threads that have a row.
  default Map<UUID, ThreadLocation> locations(Collection<UUID> ids) {
    return ids.isEmpty()
        ? Map.of()
        : locationsAmong(ids).stream().collect(toMap(ThreadLocation::id, Function.identity()));
  }

  /// In ascending order of the ids.
  @Query(SELECT_LOCATION + "ORDER BY id LIMIT :limit")
  List<ThreadLocation> firstLocations(int limit);

  /// In ascending order of the ids, strictly after the given one.
  @Query(SELECT_LOCATION + "WHERE id > :after ORDER BY id LIMIT :limit")
  List<ThreadLocation> locationsAfter(UUID after, int limit);

  @Modifying
  @Query("DELETE FROM thread WHERE id = :id")
  int remove(UUID id);

  /// Names a thread, unless it has that name or a later one.
  @Modifying
  @Query(
      """
      UPDATE thread SET name = :name, named_at = :at, revision = revision + 1
      WHERE id = :id AND (named_at IS NULL OR named_at <= :at) AND (name IS NULL OR name <> :name)
      """)
  int name(UUID id, String name, @Nullable Instant at);

  @Modifying
  @Query(
      """
      UPDATE thread SET archived_at = :archivedAt, rollout_path = :rolloutPath,
        updated_at = :updatedAt, revision = revision + 1
      WHERE id = :id
      """)
  int move(UUID id, @Nullable Instant archivedAt, String rolloutPath, Instant updatedAt);

  /// Syncs the row with its rollout, unless an append, a move or a change of attributes has updated
  /// the row since it was read.
  default int bringUp(ThreadRow row, long knownBytes, long knownOrdinal, int knownRevision) {
    return update(
        """
        UPDATE thread SET name = :name, metadata = :metadata,
          preview = :preview, updated_at = :updatedAt,
          archived_at = :archivedAt, turn_count = :turnCount,
          active_turn_id = :activeTurnId, item_count = :itemCount,
          next_ordinal = :nextOrdinal, open_gaps = :openGaps,
          rollout_path = :rolloutPath, rollout_bytes = :rolloutBytes,
          own_usage = :ownUsage, inherited_usage = :inheritedUsage,
          usage_timeline = :usageTimeline,
          model = :model, git = :git, pinned = :pinned,
          compressed_bytes = :compressedBytes, recorder_removed = :recorderRemoved,
          kind = :kind, parent_thread_id = :parentThreadId,
          forked_from_id = :forkedFromId, inherited_through = :inheritedThrough,
          reading = :reading,
          ordered = :ordered, named_at = :namedAt
        WHERE id = :id AND rollout_bytes = :knownBytes AND next_ordinal = :knownOrdinal
          AND revision = :knownRevision
        """,
        row,
        Map.of(
            "knownBytes",
            knownBytes,
            "knownOrdinal",
            knownOrdinal,
            "knownRevision",
            knownRevision));
  }

  /// Syncs the row with its rollout, unless it was updated since it was read.
  ///
  /// @param known the row as it was read
  default int bringUp(ThreadRow known, ThreadRow row) {
    return bringUp(
        row,
        known.storage().rolloutBytes(),
        known.counters().nextOrdinal(),
        known.attributes().revision());
  }

  /// Forks of a thread, and threads that it started.
  @Query(
      """
      SELECT id FROM thread WHERE forked_from_id = :id
      UNION SELECT id FROM thread WHERE parent_thread_id = :id
      """)
  List<UUID> childrenOf(UUID id);

  /// Marks the children of which no copied items are known to be read again, because their parent
  /// is here now.
  ///
  /// Two statements, because H2 scans all rows for an OR.
  ///
  /// @param parents at least one
  default void readChildrenAgain(Collection<UUID> parents) {
    readForksAgain(parents);
    readStartedAgain(parents);
  }

  @Modifying
  @Query(
      """
      UPDATE thread SET reading = 0
      WHERE forked_from_id IN (:parents) AND inherited_through IS NULL
      """)
  int readForksAgain(Collection<UUID> parents);

  @Modifying
  @Query(
      """
      UPDATE thread SET reading = 0
      WHERE parent_thread_id IN (:parents) AND inherited_through IS NULL
      """)
  int readStartedAgain(Collection<UUID> parents);

  /// The children that are marked.
  ///
  /// @param parents at least one
  @Query(
      """
      SELECT * FROM thread WHERE forked_from_id IN (:parents) AND reading = 0
      UNION SELECT * FROM thread WHERE parent_thread_id IN (:parents) AND reading = 0
      """)
  List<ThreadRow> childrenToRead(Collection<UUID> parents);

  @Modifying
  @Query("UPDATE thread SET reading = :reading WHERE id = :id")
  int readAs(UUID id, int reading);

  /// Copies to a rebuilt row what only the previous row knew.
  @Modifying
  @Query(
      """
      UPDATE thread SET archived_at = :archivedAt, revision = :revision
      WHERE id = :id
      """)
  int succeed(UUID id, @Nullable Instant archivedAt, int revision);

  /// Raises the next ordinal. Gaps are written before the thread's row, which may lack them after a
  /// crash.
  @Modifying
  @Query(
      """
      UPDATE thread SET next_ordinal = :nextOrdinal, open_gaps =
        (SELECT COUNT(*) FROM gap WHERE thread_id = :id AND repaired_at IS NULL)
      WHERE id = :id AND next_ordinal < :nextOrdinal
      """)
  int reachTo(UUID id, long nextOrdinal);

  @Modifying
  @Query("UPDATE thread SET open_gaps = :openGaps WHERE id = :id")
  int openGaps(UUID id, int openGaps);

  @Modifying
  @Query("UPDATE thread SET active_turn_id = NULL WHERE id = :id AND active_turn_id = :turn")
  int endTurn(UUID id, UUID turn);

  /// Threads whose turn in progress has been idle since before the given time.
  @Query(
      """
      SELECT * FROM thread
      WHERE active_turn_id IS NOT NULL AND updated_at < :before
      ORDER BY updated_at, id
      LIMIT :limit
      """)
  List<ThreadRow> withTurnIdleSince(Instant before, int limit);
}
