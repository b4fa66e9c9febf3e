package dev.rollbook.statedb;

import java.sql.SQLException;

/// Reads rows of gaps.
final class GapRowMapper extends ColumnMapper<GapRow> {
  @Override
  @SuppressWarnings("NullAway") // the columns are NOT NULL where the row is
  GapRow map(Columns row) throws SQLException {
    return new GapRow(
        row.id("id"),
        row.id("thread_id"),
        row.id("turn_id"),
        row.number("first_ordinal"),
        row.number("next_ordinal"),
        row.text("reason"),
        row.time("recorded_at"),
        row.time("repaired_at"));
  }
}
