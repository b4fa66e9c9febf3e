package dev.rollbook.statedb.jdbc;

import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// JDBC template that chooses the connection pool of a statement. Queries outside of transactions
/// use the pool for queries. All other statements use the pool for writes.
///
/// With H2, the pool for writes has only one connection ([dev.rollbook.statedb.dialect.H2Dialect]).
/// Because of the separate pool, a query never waits for a write. With PostgreSQL, both pools are
/// the same.
///
/// A statement that changes rows must be passed to `update`, not to `query`. Outside of a
/// transaction, H2 rejects such a query, and PostgreSQL would execute it.
public final class StateDbJdbcTemplate extends JdbcTemplate {
  private final JdbcTemplate queries;

  public StateDbJdbcTemplate(DataSource writes, DataSource queries) {
    super(writes);
    this.queries = new JdbcTemplate(queries);
  }

  /// A template with the same pools whose statements are cancelled after the given time.
  public StateDbJdbcTemplate withTimeout(Duration timeout) {
    var limited =
        new StateDbJdbcTemplate(
            Objects.requireNonNull(getDataSource()),
            Objects.requireNonNull(queries.getDataSource()));
    limited.setQueryTimeout(Math.toIntExact(timeout.toSeconds()));
    limited.queries.setQueryTimeout(limited.getQueryTimeout());
    return limited;
  }

  @Override
  public <T extends @Nullable Object> T query(String sql, ResultSetExtractor<T> rows) {
    return query(connection -> connection.prepareStatement(sql), null, rows);
  }

  @Override
  public <T extends @Nullable Object> T query(
      PreparedStatementCreator statement,
      @Nullable PreparedStatementSetter values,
      ResultSetExtractor<T> rows) {
    return TransactionSynchronizationManager.isActualTransactionActive()
        ? super.query(statement, values, rows)
        : queries.query(statement, values, rows);
  }
}
