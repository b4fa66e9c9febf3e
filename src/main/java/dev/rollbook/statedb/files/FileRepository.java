package dev.rollbook.statedb.files;

import dev.rollbook.statedb.jdbc.TableMapping;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;

/// Repository of the rows of files: their paths, ends and writers.
///
/// A statement that changes a file names the epoch under which its process owns the thread. It
/// finds no row if another replica has claimed the thread since. A statement that moves or deletes
/// a file also names the state in which the caller has seen the file, because the database may run
/// it late, after the caller has given up and gone on writing the file.
public final class FileRepository {
  private static final String COLUMNS = " key, path, epoch, claim, size, modified_at ";
  private static final RowMapper<FileRow> ROW = new TableMapping<>(FileRow.class);
  private static final RowMapper<String> NAME = (row, number) -> row.getString(1);
  private static final RowMapper<UUID> KEY = (row, number) -> row.getObject(1, UUID.class);

  /// A file of no thread has no epoch that says whether the process was removed.
  private static final String MEMBER =
      " AND (NOT ? OR EXISTS (SELECT 1 FROM replica WHERE id = ?))";

  private static final int CHUNKS_PER_PURGE = 1000;

  private final FileDatabase database;

  public FileRepository(FileDatabase database) {
    this.database = database;
  }

  /// Inserts an empty file.
  ///
  /// @return empty if the path is taken, or if another replica has claimed the thread
  public Optional<FileRow> create(String path, FileOwner owner, Instant at) throws IOException {
    var thread = owner.thread();
    return unlessTaken(() ->
        thread == null
            ? createShared(path, owner, at)
            : createOwned(path, thread, owner.epoch(), at));
  }

  /// Claims a thread that nobody has owned before, and inserts its first file, empty.
  ///
  /// @param owner the right to write the file, under the first epoch
  /// @return empty if nothing was done: the path is taken, the thread had an owner before, or this
  ///   process was removed
  public Optional<FileRow> createFirst(String path, FileOwner owner, Instant at)
      throws IOException {
    return unlessTaken(() ->
        changedRow(
            OwnerRepository.FIRST_CLAIM
                + "INSERT INTO rollout_file (thread,"
                + COLUMNS
                + ") SELECT thread_id, ?, ?, epoch, 1, 0, ? FROM claimed RETURNING"
                + COLUMNS,
            owner.thread(),
            owner.epoch(),
            owner.replica(),
            UUID.randomUUID(),
            path,
            time(at)));
  }

  private interface Creation {
    Optional<FileRow> run() throws IOException;
  }

  private static Optional<FileRow> unlessTaken(Creation creation) throws IOException {
    try {
      return creation.run();
    } catch (IOException e) {
      if (e.getCause() instanceof DuplicateKeyException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Optional<FileRow> createShared(String path, FileOwner owner, Instant at)
      throws IOException {
    return changedRow(
        "INSERT INTO rollout_file ("
            + COLUMNS
            + ") SELECT ?, ?, 0, 1, 0, ? FROM replica WHERE id = ? RETURNING"
            + COLUMNS,
        UUID.randomUUID(),
        path,
        time(at),
        owner.replica());
  }

  /// The lock keeps a claim of the thread from overlooking the new file.
  private Optional<FileRow> createOwned(String path, UUID thread, long epoch, Instant at)
      throws IOException {
    return changedRow(
        "INSERT INTO rollout_file (thread,"
            + COLUMNS
            + ") SELECT thread_id, ?, ?, epoch, 1, 0, ? FROM thread_owner"
            + " WHERE thread_id = ? AND epoch = ? FOR SHARE RETURNING"
            + COLUMNS,
        UUID.randomUUID(),
        path,
        time(at),
        thread,
        epoch);
  }

  /// Opens a file for writes: from now on, all writes of earlier openings are refused.
  public Optional<FileRow> claim(String path, FileOwner owner) throws IOException {
    return changedRow(
        "UPDATE rollout_file SET claim = claim + 1, epoch = ? WHERE path = ? AND epoch <= ?"
            + MEMBER
            + " RETURNING"
            + COLUMNS,
        owner.epoch(),
        path,
        owner.epoch(),
        owner.isShared(),
        owner.replica());
  }

  /// Opens a file again. It waits for a write whose outcome is unknown, so that the row shows
  /// whether the write was done, and cannot be done later.
  public Optional<FileRow> claimAgain(UUID key, FileOwner owner) throws IOException {
    return changedRow(
        "UPDATE rollout_file SET claim = claim + 1 WHERE key = ? AND epoch = ? AND path IS NOT NULL"
            + MEMBER
            + " RETURNING"
            + COLUMNS,
        key,
        owner.epoch(),
        owner.isShared(),
        owner.replica());
  }

  public Optional<FileRow> find(String path) throws IOException {
    return row("SELECT" + COLUMNS + "FROM rollout_file WHERE path = ?", path);
  }

  /// Also a deleted file that is not purged yet.
  public Optional<FileRow> find(UUID key) throws IOException {
    return row("SELECT" + COLUMNS + "FROM rollout_file WHERE key = ?", key);
  }

  /// Files whose paths begin with a prefix, in the order of their paths.
  ///
  /// @param after a path; the files after it are returned
  public List<String> names(String prefix, String after, int limit) throws IOException {
    return database.call(jdbc ->
        jdbc.query(
            "SELECT path FROM rollout_file WHERE path > ? AND starts_with(path, ?)"
                + " AND path < ? ORDER BY path LIMIT ?",
            NAME,
            after,
            prefix,
            end(prefix),
            limit));
  }

  /// The names of the files and directories in a directory, ordered.
  ///
  /// @param prefix the directory with a trailing `/`
  public List<String> list(String prefix) throws IOException {
    return database.call(jdbc ->
        jdbc.query(
            "SELECT DISTINCT split_part(substr(path, ?), '/', 1) COLLATE \"C\" AS name"
                + " FROM rollout_file WHERE path > ? AND path < ? ORDER BY name",
            NAME,
            prefix.length() + 1,
            prefix,
            end(prefix)));
  }

  /// After all paths with the prefix, which ends with `/`.
  private static String end(String prefix) {
    return prefix.substring(0, prefix.length() - 1) + (char) ('/' + 1);
  }

  /// @return false if there is no such file that this process may change
  public boolean setModified(String path, FileOwner owner, Instant at) throws IOException {
    return changed(
        "UPDATE rollout_file SET modified_at = ? WHERE path = ? AND epoch <= ?" + MEMBER,
        time(at),
        path,
        owner.epoch(),
        owner.isShared(),
        owner.replica());
  }

  /// Moves a file, and deletes the file at its new path. The file belongs to the thread of its new
  /// path then.
  ///
  /// @param from the right to write the file
  /// @param replaced the file at the new path; null if there was none
  /// @param to the right to write the file at the new path
  /// @return false if nothing was changed, because one of the files has changed since it was seen,
  ///   or may not be changed
  public boolean move(
      FileRow seen, FileOwner from, String path, @Nullable FileRow replaced, FileOwner to)
      throws IOException {
    return database.changeTogether(jdbc ->
        OwnerRepository.lock(jdbc, to)
            && (replaced == null || setPath(jdbc, replaced, to, null, to))
            && setPath(jdbc, seen, from, path, to));
  }

  /// Deletes a file. Its bytes stay until they are purged, for those who have it open.
  ///
  /// @return false if it has changed since it was seen, or may not be changed
  public boolean delete(FileRow seen, FileOwner owner) throws IOException {
    return database.change(jdbc -> setPath(jdbc, seen, owner, null, owner));
  }

  private static boolean setPath(
      JdbcTemplate jdbc, FileRow seen, FileOwner from, @Nullable String path, FileOwner to) {
    return jdbc.update(
            "UPDATE rollout_file SET path = ?, thread = ?, epoch = ?,"
                + " modified_at = CASE WHEN ? THEN clock_timestamp() ELSE modified_at END"
                + " WHERE key = ? AND path = ? AND claim = ? AND size = ? AND epoch <= ?"
                + MEMBER,
            path,
            to.thread(),
            to.epoch(),
            path == null,
            seen.key(),
            seen.path(),
            seen.claim(),
            seen.size(),
            from.epoch(),
            from.isShared(),
            from.replica())
        > 0;
  }

  /// Cuts a file.
  ///
  /// @return false if another writer has opened it, or if it is shorter
  public boolean truncate(UUID key, long claim, long size, Instant at) throws IOException {
    return database.changeTogether(jdbc -> truncate(jdbc, key, claim, size, at));
  }

  private static boolean truncate(JdbcTemplate jdbc, UUID key, long claim, long size, Instant at) {
    int cut =
        jdbc.update(
            "UPDATE rollout_file SET size = ?, modified_at = ? WHERE key = ? AND claim = ?"
                + " AND size >= ?",
            size,
            time(at),
            key,
            claim,
            size);
    if (cut > 0) {
      jdbc.update("DELETE FROM rollout_chunk WHERE file = ? AND start >= ?", key, size);
      jdbc.update(
          "UPDATE rollout_chunk SET data = substring(data FROM 1 FOR (? - start)::int)"
              + " WHERE file = ? AND start = (SELECT max(start) FROM rollout_chunk WHERE file = ?)"
              + " AND start + length(data) > ?",
          size,
          key,
          key,
          size);
    }
    return cut > 0;
  }

  /// Replaces bytes within a file.
  ///
  /// @return false if another writer has opened it
  public boolean write(UUID key, long claim, long position, byte[] bytes, Instant at)
      throws IOException {
    return database.changeTogether(jdbc -> {
      int found =
          jdbc.update(
              "UPDATE rollout_file SET modified_at = ? WHERE key = ? AND claim = ? AND size >= ?",
              time(at),
              key,
              claim,
              position + bytes.length);
      return found > 0
          && jdbc.update(
                  """
                  UPDATE rollout_chunk c
                  SET data = overlay(data PLACING part FROM (greatest(at - start, 0) + 1)::int)
                  FROM (SELECT start AS chunk, at, substring(bytes
                          FROM (greatest(start - at, 0) + 1)::int
                          FOR (least(start + length(data), at + length(bytes))
                            - greatest(start, at))::int) AS part
                        FROM rollout_chunk, (SELECT ?::bigint AS at, ?::bytea AS bytes) AS given
                        WHERE file = ? AND start < at + length(bytes) AND start + length(data) > at
                       ) AS parts
                  WHERE file = ? AND start = chunk
                  """,
                  position,
                  bytes,
                  key,
                  key)
              > 0;
    });
  }

  /// Keys of files that were deleted some time ago.
  public List<UUID> deleted(Duration ago) throws IOException {
    return database.call(jdbc ->
        jdbc.query(
            "SELECT key FROM rollout_file WHERE path IS NULL"
                + " AND modified_at <= clock_timestamp() - make_interval(secs => ?)",
            KEY,
            ago.toMillis() / 1000.0));
  }

  /// Removes a part of the bytes of a deleted file; at last, its row.
  ///
  /// @return whether there may be more to remove
  public boolean purge(UUID key) throws IOException {
    return database.call(jdbc -> {
      int removed =
          jdbc.update(
              "DELETE FROM rollout_chunk WHERE file = ? AND start IN"
                  + " (SELECT start FROM rollout_chunk WHERE file = ? LIMIT ?)",
              key,
              key,
              CHUNKS_PER_PURGE);
      if (removed == 0) {
        jdbc.update("DELETE FROM rollout_file WHERE key = ? AND path IS NULL", key);
      }
      return removed > 0;
    });
  }

  private Optional<FileRow> row(String sql, Object... values) throws IOException {
    return database.call(jdbc -> jdbc.query(sql, ROW, values)).stream().findFirst();
  }

  private Optional<FileRow> changedRow(String sql, @Nullable Object... values) throws IOException {
    return database.change(jdbc -> jdbc.query(sql, ROW, values)).stream().findFirst();
  }

  private boolean changed(String sql, Object... values) throws IOException {
    return database.change(jdbc -> jdbc.update(sql, values) > 0);
  }

  static OffsetDateTime time(Instant at) {
    return at.atOffset(ZoneOffset.UTC);
  }
}
