package dev.rollbook.statedb.jdbc;

import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.namedparam.SqlParameterSource;

/// JDBC template that sends times in UTC, as values with an offset.
///
/// The PostgreSQL driver rejects an `Instant`, and interprets a `Timestamp` in the default time
/// zone.
public final class UtcNamedParameterJdbcTemplate extends NamedParameterJdbcTemplate {
  public UtcNamedParameterJdbcTemplate(JdbcOperations jdbc) {
    super(jdbc);
  }

  @Override
  protected PreparedStatementCreator getPreparedStatementCreator(
      String sql, SqlParameterSource parameters) {
    return super.getPreparedStatementCreator(sql, inUtc(parameters));
  }

  private static SqlParameterSource inUtc(SqlParameterSource parameters) {
    var utc = new MapSqlParameterSource();
    for (var name : Objects.requireNonNull(parameters.getParameterNames())) {
      switch (parameters.getValue(name)) {
        case Instant time -> addTime(utc, name, time);
        case Timestamp time -> addTime(utc, name, time.toInstant());
        case null, default ->
            utc.addValue(name, parameters.getValue(name), parameters.getSqlType(name));
      }
    }
    return utc;
  }

  private static void addTime(MapSqlParameterSource utc, String name, Instant time) {
    utc.addValue(name, time.atOffset(ZoneOffset.UTC), Types.TIMESTAMP_WITH_TIMEZONE);
  }
}
