package dev.rollbook.statedb.listing;

import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;

/// Threads in the order in which their rows were inserted or changed, by the clock of the database.
/// For PostgreSQL only.
///
/// A transaction may commit after a later one, so a reader looks back a little from time to time.
@Repository
public class ThreadChanges {
  private static final String NOW = "SELECT clock_timestamp()";
  private static final String AFTER =
      """
      SELECT id, changed_at FROM thread WHERE (changed_at, id) > (?, ?)
      ORDER BY changed_at, id LIMIT ?
      """;
  private static final UUID LOWEST_ID = new UUID(0, 0);

  private final StateDbJdbcTemplate jdbc;

  ThreadChanges(StateDbJdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  /// The last change of the row of a thread.
  public record Change(UUID thread, Instant at) {
    /// A position before all changes of a time.
    public static Change before(Instant at) {
      return new Change(LOWEST_ID, at);
    }
  }

  /// The present time.
  public Instant now() {
    return jdbc.query(NOW, (row, number) -> instant(row.getObject(1, OffsetDateTime.class)))
        .getFirst();
  }

  /// @return changes after a position, in their order
  public List<Change> after(Change position, int limit) {
    return jdbc.query(
        AFTER,
        (row, number) ->
            new Change(
                row.getObject(1, UUID.class), instant(row.getObject(2, OffsetDateTime.class))),
        position.at().atOffset(ZoneOffset.UTC),
        position.thread(),
        limit);
  }

  private static Instant instant(@Nullable OffsetDateTime time) {
    return time == null ? Instant.EPOCH : time.toInstant();
  }
}
