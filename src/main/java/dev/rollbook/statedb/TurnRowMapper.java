package dev.rollbook.statedb;

import java.sql.SQLException;

/// Reads rows of turns.
final class TurnRowMapper extends ColumnMapper<TurnRow> {
  @Override
  @SuppressWarnings("NullAway") // the columns are NOT NULL where the row is
  TurnRow map(Columns row) throws SQLException {
    return new TurnRow(
        row.id("thread_id"),
        row.id("id"),
        row.text("status"),
        row.time("started_at"),
        row.time("completed_at"),
        row.number("first_ordinal"),
        row.number("last_ordinal"),
        row.number("item_count"),
        row.number("skipped_item_count"),
        row.text("error"),
        row.text("usage_json"),
        row.text("metadata"));
  }
}
