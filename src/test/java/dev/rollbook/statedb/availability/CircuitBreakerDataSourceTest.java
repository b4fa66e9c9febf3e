package dev.rollbook.statedb.availability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A pool that nobody but the test uses: in a running service jobs in the background give
/// connections back at any time.
class CircuitBreakerDataSourceTest {
  private static final int CONNECTIONS = 5;

  /// The pool reserves four of its connections.
  private static final int READERS = CONNECTIONS - 4;

  private final HikariDataSource pool = pool();
  private final CircuitBreakerDataSource source = new CircuitBreakerDataSource(pool, pool);
  private final List<Connection> taken = new ArrayList<>();

  @AfterEach
  void close() throws SQLException {
    for (var connection : taken) {
      connection.close();
    }
    pool.close();
  }

  @Test
  void readersLeaveConnectionsToWriters() throws Exception {
    for (int n = 0; n < READERS; n++) {
      taken.add(ReadScope.call(source::getConnection));
    }
    var end = new AtomicBoolean();
    try (var threads = Executors.newSingleThreadExecutor()) {
      var writer = threads.submit(() -> writeUntil(end));
      try {
        assertThatThrownBy(() -> ReadScope.call(source::getConnection))
            .isInstanceOf(StateDbBusyException.class);
      } finally {
        end.set(true);
      }
      assertThat(writer.get()).isPositive();
    }
    taken.removeFirst().close();
    taken.add(ReadScope.call(source::getConnection));
  }

  private int writeUntil(AtomicBoolean end) throws SQLException {
    int writes = 0;
    while (!end.get()) {
      source.getConnection().close();
      writes++;
    }
    return writes;
  }

  @Test
  void aReaderThatWaitsWhileNobodyIsAnsweredIsNotToldThatTheStateDbIsBusy() throws SQLException {
    for (int n = 0; n < READERS; n++) {
      taken.add(ReadScope.call(source::getConnection));
    }

    assertThatThrownBy(() -> ReadScope.call(source::getConnection))
        .isInstanceOf(SQLException.class)
        .isNotInstanceOf(StateDbBusyException.class);
  }

  @Test
  void aWriterThatWaitsWhileNobodyIsAnsweredIsNotToldThatTheStateDbIsBusy() throws SQLException {
    for (int n = 0; n < CONNECTIONS; n++) {
      taken.add(source.getConnection());
    }

    assertThatThrownBy(source::getConnection)
        .isInstanceOf(SQLException.class)
        .isNotInstanceOf(StateDbBusyException.class);
  }

  private static HikariDataSource pool() {
    var config = new HikariConfig();
    config.setJdbcUrl("jdbc:h2:mem:");
    config.setMaximumPoolSize(CONNECTIONS);
    config.setConnectionTimeout(250);
    return new HikariDataSource(config);
  }
}
