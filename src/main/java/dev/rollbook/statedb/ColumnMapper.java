package dev.rollbook.statedb;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/// Reads rows of `SELECT *` column by column: a mapping by reflection costs more than the query.
///
/// Where a column is, is asked once, as it stays while the process runs: H2 would make a map of all
/// names for every result that is read by them.
abstract class ColumnMapper<T> implements RowMapper<T> {
  private final ConcurrentMap<String, Integer> places = new ConcurrentHashMap<>();

  @Override
  public final T mapRow(ResultSet result, int number) throws SQLException {
    return map(new Columns(result));
  }

  abstract T map(Columns row) throws SQLException;

  private int place(ResultSet result, String column) throws SQLException {
    var known = places.get(column);
    if (known == null) {
      known = result.findColumn(column);
      places.put(column, known);
    }
    return known;
  }

  /// Those of one row, each null where the state-db has a null.
  final class Columns {
    private final ResultSet result;

    private Columns(ResultSet result) {
      this.result = result;
    }

    @Nullable UUID id(String column) throws SQLException {
      return result.getObject(place(result, column), UUID.class);
    }

    @Nullable String text(String column) throws SQLException {
      return result.getString(place(result, column));
    }

    @Nullable Instant time(String column) throws SQLException {
      var time = result.getObject(place(result, column), OffsetDateTime.class);
      return time == null ? null : time.toInstant();
    }

    @Nullable Long number(String column) throws SQLException {
      return result.getObject(place(result, column), Long.class);
    }

    @Nullable Integer count(String column) throws SQLException {
      return result.getObject(place(result, column), Integer.class);
    }

    @Nullable Boolean flag(String column) throws SQLException {
      return result.getObject(place(result, column), Boolean.class);
    }
  }
}
