package dev.rollbook.statedb;

import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.namedparam.SqlParameterSource;

/// Hands times to the database in the one form that every driver takes as it is.
///
/// PostgreSQL's refuses an `Instant`, and a `Timestamp` is read in the calendar and zone of this
/// machine.
final class TimeBinding extends NamedParameterJdbcTemplate {
  TimeBinding(JdbcOperations jdbc) {
    super(jdbc);
  }

  @Override
  protected PreparedStatementCreator getPreparedStatementCreator(
      String sql, SqlParameterSource parameters) {
    return super.getPreparedStatementCreator(sql, new InUtc(parameters));
  }

  private record InUtc(SqlParameterSource parameters) implements SqlParameterSource {
    @Override
    public boolean hasValue(String name) {
      return parameters.hasValue(name);
    }

    @Override
    public @Nullable Object getValue(String name) {
      return switch (parameters.getValue(name)) {
        case Instant time -> time.atOffset(ZoneOffset.UTC);
        case Timestamp time -> time.toInstant().atOffset(ZoneOffset.UTC);
        case null -> null;
        case Object other -> other;
      };
    }

    @Override
    public int getSqlType(String name) {
      return isTime(parameters.getValue(name))
          ? Types.TIMESTAMP_WITH_TIMEZONE
          : parameters.getSqlType(name);
    }

    @Override
    public @Nullable String getTypeName(String name) {
      return parameters.getTypeName(name);
    }

    @Override
    public String @Nullable [] getParameterNames() {
      return parameters.getParameterNames();
    }

    private static boolean isTime(@Nullable Object value) {
      return value instanceof Instant || value instanceof Timestamp;
    }
  }
}
