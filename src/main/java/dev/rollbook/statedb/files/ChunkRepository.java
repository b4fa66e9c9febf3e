package dev.rollbook.statedb.files;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/// Repository of the bytes of files.
public final class ChunkRepository {
  /// One statement for all appends of a group. It grows a file only if its claim and its size are
  /// those that the writer knows, and stores the bytes of the files that grew.
  private static final String APPEND =
      """
      WITH wanted AS (
        SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bytea[], ?::timestamptz[])
          AS w (key, claim, start, data, at)
      ), grown AS (
        UPDATE rollout_file f SET size = w.start + length(w.data), modified_at = w.at
        FROM wanted w
        WHERE f.key = w.key AND f.claim = w.claim AND f.size = w.start AND f.path IS NOT NULL
        RETURNING f.key
      )
      INSERT INTO rollout_chunk (file, start, data)
      SELECT w.key, w.start, w.data FROM wanted w JOIN grown USING (key)
      RETURNING file
      """;

  private static final String READ =
      """
      SELECT substring(data FROM (greatest(? - start, 0) + 1)::int
          FOR (least(?, start + length(data)) - greatest(?, start))::int)
      FROM rollout_chunk
      WHERE file = ? AND start < ? AND start >= coalesce(
        (SELECT max(start) FROM rollout_chunk WHERE file = ? AND start <= ?), 0)
        AND start + length(data) > ?
      ORDER BY start
      """;

  private final FileDatabase database;

  public ChunkRepository(FileDatabase database) {
    this.database = database;
  }

  /// Appends to several files, each at most once; durable when this returns.
  ///
  /// @return keys of the files that took their bytes; the others refused
  public Set<UUID> append(List<NewChunk> chunks) throws IOException {
    return new HashSet<>(
        database.append(jdbc ->
            jdbc.query(
                connection -> statement(connection, chunks),
                (row, number) -> row.getObject(1, UUID.class))));
  }

  private static PreparedStatement statement(Connection connection, List<NewChunk> chunks)
      throws SQLException {
    var statement = connection.prepareStatement(APPEND);
    set(statement, 1, "uuid", chunks, NewChunk::file);
    set(statement, 2, "bigint", chunks, NewChunk::claim);
    set(statement, 3, "bigint", chunks, NewChunk::start);
    var data = chunks.stream().map(NewChunk::data).toArray(byte[][]::new);
    statement.setArray(4, connection.createArrayOf("bytea", data));
    set(statement, 5, "timestamptz", chunks, chunk -> FileRepository.time(chunk.at()));
    return statement;
  }

  private static void set(
      PreparedStatement statement,
      int index,
      String type,
      List<NewChunk> chunks,
      Function<NewChunk, Object> value)
      throws SQLException {
    statement.setArray(
        index, statement.getConnection().createArrayOf(type, chunks.stream().map(value).toArray()));
  }

  /// The bytes of a range, in parts, as far as the file has them.
  public List<byte[]> read(UUID file, long position, int length) throws IOException {
    long end = position + length;
    return database.call(jdbc ->
        jdbc.query(
            READ,
            (row, number) -> row.getBytes(1),
            position,
            end,
            position,
            file,
            end,
            file,
            position,
            position));
  }
}
