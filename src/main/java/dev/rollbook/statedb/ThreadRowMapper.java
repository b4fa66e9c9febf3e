package dev.rollbook.statedb;

import java.sql.SQLException;

/// Reads rows of threads: lists have many of them.
final class ThreadRowMapper extends ColumnMapper<ThreadRow> {
  @Override
  @SuppressWarnings("NullAway") // the columns are NOT NULL where the row is
  ThreadRow map(Columns row) throws SQLException {
    return new ThreadRow(
        row.id("id"),
        row.text("name"),
        row.text("preview"),
        row.text("source"),
        row.text("cwd"),
        row.text("model"),
        row.text("model_provider"),
        row.text("cli_version"),
        row.text("metadata"),
        row.text("persistence"),
        row.id("forked_from_id"),
        row.time("created_at"),
        row.time("updated_at"),
        row.time("archived_at"),
        row.count("turn_count"),
        row.id("active_turn_id"),
        row.number("item_count"),
        row.number("next_ordinal"),
        row.count("open_gaps"),
        row.text("rollout_path"),
        row.number("rollout_bytes"),
        row.flag("recorder_removed"),
        row.count("revision"),
        row.text("own_usage"),
        row.text("inherited_usage"),
        row.text("git"),
        row.flag("pinned"),
        row.number("compressed_bytes"));
  }
}
