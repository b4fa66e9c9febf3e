package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.JdbcTemplate;

/// PostgreSQL: one pool for queries and writes, and durable commits.
public final class PostgresDialect implements StateDbDialect {
  /// Defaults that the URL can override. Without the timeouts the driver waits a quarter of an hour
  /// for a host that has vanished. Of several hosts in the URL, only the primary can be written.
  /// After a replica of a later version has added a column, a prepared `SELECT *` fails once; the
  /// driver repeats it within a transaction only with a savepoint.
  private static final Map<String, String> DRIVER_PROPERTIES =
      Map.of(
          "autosave", "conservative",
          "connectTimeout", "3",
          "socketTimeout", "20",
          "tcpKeepAlive", "true",
          "targetServerType", "primary",
          "ApplicationName", "rollbook");

  /// Not longer than the silence after which a process is gone, so that no claim waits for its
  /// locks.
  private static final String IDLE_TIMEOUT = "SET idle_in_transaction_session_timeout = '2s'";

  /// Another server has another one, and so has the same server once it was restarted.
  private static final String START = "SELECT pg_postmaster_start_time()::text";

  private final AtomicReference<@Nullable String> start = new AtomicReference<>();
  private final AtomicInteger openings = new AtomicInteger();

  PostgresDialect() {}

  @Override
  public void noticeServer(JdbcOperations jdbc) {
    var now = jdbc.queryForObject(START, String.class);
    var before = start.getAndSet(now);
    if (before != null && !before.equals(now)) {
      openings.incrementAndGet();
    }
  }

  /// Commits are durable already. Also while no row changes, another server is noticed.
  @Override
  public void store(DataSource writes) throws SQLException {
    try {
      noticeServer(new JdbcTemplate(writes));
    } catch (DataAccessException e) {
      throw new SQLException(e);
    }
  }

  /// After a failover, connections may be possible again before any caller has waited for one.
  @Override
  public int openings() {
    return openings.get();
  }

  @Override
  public HikariDataSource configure(HikariDataSource pool) {
    DRIVER_PROPERTIES.forEach(pool.getDataSourceProperties()::putIfAbsent);
    return pool;
  }

  @Override
  public void releaseLocks(HikariDataSource pool) {
    var init = pool.getConnectionInitSql();
    pool.setConnectionInitSql(init == null ? IDLE_TIMEOUT : IDLE_TIMEOUT + "; " + init);
  }

  @Override
  public List<String> migrations() {
    return List.of(COMMON_MIGRATIONS, "classpath:db/postgresql");
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
