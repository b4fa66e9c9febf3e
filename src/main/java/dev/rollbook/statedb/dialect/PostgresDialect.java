package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// PostgreSQL: one pool for all, and commits that are kept.
public final class PostgresDialect implements StateDbDialect {
  /// When a host vanishes, the driver would wait for it for a quarter of an hour. Each can be set
  /// otherwise in the URL.
  private static final Map<String, String> DRIVER_PROPERTIES =
      Map.of(
          "connectTimeout", "3",
          "socketTimeout", "20",
          "tcpKeepAlive", "true",
          "ApplicationName", "rollbook");

  PostgresDialect() {}

  @Override
  public HikariDataSource configure(HikariDataSource pool) {
    DRIVER_PROPERTIES.forEach(pool.getDataSourceProperties()::putIfAbsent);
    return pool;
  }

  @Override
  public String storedColumn() {
    return "STORED";
  }

  @Override
  public @Nullable StartFailure explain(SQLException failure) {
    var state = String.valueOf(failure.getSQLState());
    return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
      case "08", "53", "57" -> StartFailure.NO_ANSWER;
      case "28" -> StartFailure.USER_REFUSED;
      case "3D" -> StartFailure.NO_DATABASE;
      default -> null;
    };
  }
}
