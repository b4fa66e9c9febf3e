package dev.rollbook.statedb.files;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;

/// Repository of the owners of threads.
///
/// A claim makes a replica the owner, under a new epoch. Then it takes the thread's files: that
/// waits for an append that is being committed, and later appends of the owner before are refused.
public final class OwnerRepository {
  /// A replica that was removed must not claim anything.
  private static final String CLAIM =
      """
      INSERT INTO thread_owner AS o (thread_id, owner, epoch)
      SELECT ?, id, 1 FROM replica WHERE id = ? FOR KEY SHARE
      ON CONFLICT (thread_id) DO UPDATE SET owner = excluded.owner, epoch = o.epoch + 1
      WHERE o.owner IS NULL OR o.owner = excluded.owner OR (o.owner = ? AND o.epoch = ?)
      RETURNING o.epoch
      """;

  /// Keeps a replica from showing a sign of life until the transaction ends: then it sees the
  /// claim.
  private static final String STILL_SILENT =
      "SELECT 1 FROM replica WHERE id = ? AND beat = ? FOR SHARE";

  /// A statement of its own, so that it sees files that were created while the claim waited.
  private static final String TAKE_FILES =
      "UPDATE rollout_file SET epoch = ?, claim = claim + 1 WHERE thread = ?";

  /// Like [#CLAIM], of a thread that had no owner before, within the statement that creates its
  /// first file.
  static final String FIRST_CLAIM =
      """
      WITH claimed AS (
        INSERT INTO thread_owner (thread_id, owner, epoch)
        SELECT ?, id, ? FROM replica WHERE id = ? FOR KEY SHARE
        ON CONFLICT (thread_id) DO NOTHING
        RETURNING thread_id, epoch
      )
      """;

  private static final String FIND =
      """
      SELECT o.owner, o.epoch, r.id, r.name, r.address, r.version, r.beat, r.stopping
      FROM thread_owner o LEFT JOIN replica r ON r.id = o.owner
      WHERE o.thread_id = ?
      """;

  private static final String HELD = "SELECT 1 FROM thread_owner WHERE thread_id = ? AND epoch = ?";

  private static final String STILL_HELD =
      """
      SELECT thread_id FROM thread_owner
      JOIN unnest(?::uuid[], ?::bigint[]) AS w (thread_id, epoch) USING (thread_id, epoch)
      """;

  /// Locks the rows in the order in which an update of the threads' rows does.
  private static final String RELEASE =
      """
      UPDATE thread_owner o SET owner = NULL
      FROM (
        SELECT t.thread_id FROM thread_owner t
        JOIN unnest(?::uuid[], ?::bigint[]) AS r (thread_id, epoch)
          ON t.thread_id = r.thread_id AND t.epoch = r.epoch
        WHERE t.owner = ? ORDER BY t.thread_id FOR UPDATE OF t
      ) AS released
      WHERE o.thread_id = released.thread_id
      """;

  private static final String OF_OTHERS =
      """
      SELECT thread_id FROM thread_owner
      WHERE thread_id > ? AND owner IS NOT NULL AND owner <> ALL (?::uuid[])
      ORDER BY thread_id LIMIT ?
      """;

  private static final RowMapper<OwnerRow> ROW =
      (row, number) ->
          new OwnerRow(
              row.getObject("owner", UUID.class),
              row.getLong("epoch"),
              row.getObject("id") == null
                  ? null
                  : new ReplicaRow(
                      row.getObject("id", UUID.class),
                      row.getString("name"),
                      row.getString("address"),
                      row.getString("version"),
                      row.getLong("beat"),
                      row.getBoolean("stopping")));

  private final FileDatabase database;

  public OwnerRepository(FileDatabase database) {
    this.database = database;
  }

  /// The owner of a thread.
  ///
  /// @param owner id of a replica; null for none
  /// @param replica the owner; null if it has stopped, or was removed
  public record OwnerRow(@Nullable UUID owner, long epoch, @Nullable ReplicaRow replica) {}

  /// A thread that this process owns.
  public record OwnedThread(UUID thread, long epoch) {}

  public Optional<OwnerRow> find(UUID thread) throws IOException {
    return database.call(jdbc -> jdbc.query(FIND, ROW, thread)).stream().findFirst();
  }

  /// Claims a thread that has no owner, or that the replica owns itself.
  ///
  /// @param gone an owner that is gone, from which the thread is taken, unless it has shown a sign
  ///   of life since; null for none
  /// @return the new epoch; empty if another replica is the owner, or if this one was removed
  public OptionalLong claim(UUID thread, UUID replica, @Nullable OwnerRow gone) throws IOException {
    var claimed = new AtomicLong();
    boolean done =
        database.changeTogether(jdbc -> {
          claimed.set(claim(jdbc, thread, replica, gone));
          return claimed.get() > 0;
        });
    return done ? OptionalLong.of(claimed.get()) : OptionalLong.empty();
  }

  private static long claim(JdbcTemplate jdbc, UUID thread, UUID replica, @Nullable OwnerRow gone) {
    if (gone != null && gone.replica() != null && !isSilent(jdbc, gone.replica())) {
      return 0;
    }
    var epoch =
        jdbc.query(
            CLAIM,
            (row, number) -> row.getLong(1),
            thread,
            replica,
            gone == null ? null : gone.owner(),
            gone == null ? 0 : gone.epoch());
    if (epoch.isEmpty()) {
      return 0;
    }
    // A thread without an earlier owner has no files.
    if (epoch.getFirst() > 1) {
      jdbc.update(TAKE_FILES, epoch.getFirst(), thread);
    }
    return epoch.getFirst();
  }

  /// Threads with an owner that is not among these replicas, in ascending order.
  ///
  /// @param after the last thread that is known already
  public List<UUID> ownedByOthers(Collection<UUID> replicas, UUID after, int limit)
      throws IOException {
    return database.call(jdbc ->
        jdbc.query(
            connection -> {
              var statement = connection.prepareStatement(OF_OTHERS);
              statement.setObject(1, after);
              statement.setArray(2, connection.createArrayOf("uuid", replicas.toArray()));
              statement.setInt(3, limit);
              return statement;
            },
            (row, number) -> row.getObject(1, UUID.class)));
  }

  private static boolean isSilent(JdbcTemplate jdbc, ReplicaRow gone) {
    return !jdbc.query(STILL_SILENT, (row, number) -> true, gone.id(), gone.beat()).isEmpty();
  }

  /// Whether no other replica has claimed the thread since.
  public boolean isHeld(UUID thread, long epoch) throws IOException {
    return !database.call(jdbc -> jdbc.query(HELD, (row, number) -> true, thread, epoch)).isEmpty();
  }

  /// Those of the threads that no other replica has claimed since.
  public Set<UUID> held(Collection<OwnedThread> threads) throws IOException {
    return new HashSet<>(
        database.call(jdbc ->
            jdbc.query(
                connection -> statement(connection, STILL_HELD, threads),
                (row, number) -> row.getObject(1, UUID.class))));
  }

  /// Keeps the thread from being claimed until the transaction ends.
  ///
  /// @return false if another replica has claimed it
  static boolean lock(JdbcTemplate jdbc, FileOwner owner) {
    return owner.isShared()
        || !jdbc.query(HELD + " FOR SHARE", (row, number) -> true, owner.thread(), owner.epoch())
            .isEmpty();
  }

  /// Gives threads up, so that any replica can claim them.
  public void release(UUID replica, Collection<OwnedThread> threads) throws IOException {
    database.change(jdbc ->
        jdbc.update(connection -> {
          var statement = statement(connection, RELEASE, threads);
          statement.setObject(3, replica);
          return statement;
        }));
  }

  /// @param sql whose first parameters are the ids and the epochs
  private static PreparedStatement statement(
      Connection connection, String sql, Collection<OwnedThread> threads) throws SQLException {
    var ids = threads.stream().map(OwnedThread::thread).toArray();
    var epochs = threads.stream().map(OwnedThread::epoch).toArray();
    var statement = connection.prepareStatement(sql);
    statement.setArray(1, connection.createArrayOf("uuid", ids));
    statement.setArray(2, connection.createArrayOf("bigint", epochs));
    return statement;
  }
}
