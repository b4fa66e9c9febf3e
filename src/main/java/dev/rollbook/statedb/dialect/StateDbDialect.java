package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What differs between H2 and PostgreSQL.
public sealed interface StateDbDialect permits H2Dialect, PostgresDialect {
  static StateDbDialect of(String jdbcUrl) {
    return jdbcUrl.startsWith("jdbc:h2:") ? new H2Dialect(jdbcUrl) : new PostgresDialect();
  }

  /// Completes the settings of the pool before it opens a connection. All writes go through it.
  ///
  /// @return the pool for queries outside of transactions: the same one, or one beside it
  HikariDataSource configure(HikariDataSource pool);

  /// Said behind the expression of a generated column, so that it can be indexed.
  default String storedColumn() {
    return "";
  }

  /// Makes what was committed survive a kill of the process.
  ///
  /// @param writes connections that write
  default void store(DataSource writes) throws SQLException {}

  /// Grows when commits may have been lost; equal numbers mean that none were between.
  default int openings() {
    return 0;
  }

  /// @return null if the failure does not explain why there is no connection
  @Nullable StartFailure explain(SQLException failure);

  /// Why the service cannot start without its state-db.
  enum StartFailure {
    IN_USE,
    NO_ANSWER,
    USER_REFUSED,
    NO_DATABASE
  }
}
