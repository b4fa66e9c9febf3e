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

/// JDBC template that runs queries outside of transactions on the pool for queries, and everything
/// else on the pool for writes.
///
/// A query never waits for a write, and every other statement gets the one connection that may
/// write to H2 ([dev.rollbook.statedb.dialect.H2Dialect]).
///
/// A statement that changes rows must not be passed to `query` outside of a transaction, because it
/// would run on the pool for queries. H2 rejects it there: `query` calls `executeQuery`.
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
