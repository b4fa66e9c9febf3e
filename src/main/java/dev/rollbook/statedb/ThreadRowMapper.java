package dev.rollbook.statedb;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/// Reads rows of threads column by column: lists read many, and a mapping by reflection costs more
/// than the query.
final class ThreadRowMapper implements RowMapper<ThreadRow> {
  @Override
  @SuppressWarnings("NullAway") // the columns are NOT NULL where the row is
  public ThreadRow mapRow(ResultSet row, int number) throws SQLException {
    return new ThreadRow(
        row.getObject("id", UUID.class),
        row.getString("name"),
        row.getString("preview"),
        row.getString("source"),
        row.getString("cwd"),
        row.getString("model"),
        row.getString("model_provider"),
        row.getString("cli_version"),
        row.getString("metadata"),
        row.getString("persistence"),
        row.getObject("forked_from_id", UUID.class),
        instant(row, "created_at"),
        instant(row, "updated_at"),
        instant(row, "archived_at"),
        row.getInt("turn_count"),
        row.getObject("active_turn_id", UUID.class),
        row.getLong("item_count"),
        row.getLong("next_ordinal"),
        row.getInt("open_gaps"),
        row.getString("rollout_path"),
        row.getLong("rollout_bytes"),
        row.getBoolean("recorder_removed"),
        row.getInt("revision"),
        row.getString("own_usage"),
        row.getString("inherited_usage"),
        row.getString("git"),
        row.getBoolean("pinned"),
        row.getObject("compressed_bytes", Long.class));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
