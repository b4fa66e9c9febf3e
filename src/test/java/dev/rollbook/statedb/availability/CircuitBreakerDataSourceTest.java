package dev.rollbook.statedb.availability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A pool that nobody but the test uses: in a running service jobs in the background give
/// connections back at any time.
class CircuitBreakerDataSourceTest {
  private static final int CONNECTIONS = 5;
  private static final String IN_MEMORY = "jdbc:h2:mem:";

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

  @Test
  void aCallerThatFailsAfterTheCircuitClosedLeavesItClosed() throws Exception {
    var late = new CountDownLatch(1);
    try (var away = new PoolOfAStateDbThatIsAway(late);
        var circuit = new CircuitBreakerDataSource(away, away);
        var threads = Executors.newSingleThreadExecutor()) {
      var waiting = threads.submit(() -> circuit.getConnection());
      assertThat(away.waits.await(1, TimeUnit.MINUTES)).isTrue();
      assertThatThrownBy(circuit::getConnection).isInstanceOf(SQLException.class);
      assertThat(circuit.trouble()).isNotNull();
      away.isAway = false;
      await().until(() -> circuit.trouble() == null);

      late.countDown();

      assertThatThrownBy(waiting::get).hasCauseInstanceOf(SQLException.class);
      assertThat(circuit.trouble()).isNull();
    }
  }

  @Test
  void poolsWithTheSameCircuitFailTogether() throws SQLException {
    try (var away = new PoolOfAStateDbThatIsAway(new CountDownLatch(0));
        var circuit = new CircuitBreakerDataSource(away, away)) {
      var other = circuit.sharing(pool);
      other.getConnection().close();
      assertThatThrownBy(circuit::getConnection).hasMessage("connection refused");

      assertThatThrownBy(other::getConnection).hasMessage("connection refused");

      away.isAway = false;
      await().until(() -> circuit.trouble() == null);
      other.getConnection().close();
    }
  }

  /// Hikari names the last failed attempt to add a connection as the cause.
  @Test
  void aServerWithoutMoreConnectionsLeavesTheCircuitClosed() throws SQLException {
    var full = new SQLException("too many clients", "53300");
    assertThatFailureLeavesTheCircuitClosed(
        new SQLTransientConnectionException("timed out", "53300", full));
  }

  @Test
  void anInterruptedCallerLeavesTheCircuitClosed() throws SQLException {
    assertThatFailureLeavesTheCircuitClosed(new SQLException(new InterruptedException()));
  }

  private void assertThatFailureLeavesTheCircuitClosed(SQLException failure) throws SQLException {
    try (var failing = new FailingPool(failure);
        var circuit = new CircuitBreakerDataSource(failing, failing)) {
      circuit.getConnection().close();
      assertThatThrownBy(circuit::getConnection).isSameAs(failure);

      assertThat(circuit.trouble()).isNull();
      circuit.sharing(pool).getConnection().close();
    }
  }

  @Test
  void aWaitDuringWhichAConnectionWasReturnedLeavesTheCircuitClosed() throws SQLException {
    var refused = new SQLTransientConnectionException(new SQLException("connection refused"));
    try (var failing = new FailingPool(refused);
        var circuit = new CircuitBreakerDataSource(failing, failing)) {
      failing.other = circuit.getConnection();

      assertThatThrownBy(circuit::getConnection).isInstanceOf(StateDbBusyException.class);

      assertThat(circuit.trouble()).isNull();
    }
  }

  /// As at the begin of an outage, when the connections in use break.
  @Test
  void aWaitDuringWhichABrokenConnectionWasReturnedOpensTheCircuit() throws SQLException {
    var refused = new SQLTransientConnectionException(new SQLException("connection refused"));
    try (var failing = new FailingPool(refused);
        var circuit = new CircuitBreakerDataSource(failing, failing)) {
      failing.other = circuit.getConnection();
      failing.only.close();

      assertThatThrownBy(circuit::getConnection).isSameAs(refused);

      assertThat(circuit.trouble()).isEqualTo("connection refused");
    }
  }

  /// Has one connection. A caller that wants another one waits until that one is returned, and
  /// fails.
  private static final class FailingPool extends HikariDataSource {
    private final SQLException failure;
    private Connection only;
    private Connection other;

    private FailingPool(SQLException failure) {
      this.failure = failure;
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (only != null) {
        if (other != null) {
          other.close();
        }
        throw failure;
      }
      only = DriverManager.getConnection(IN_MEMORY);
      return only;
    }
  }

  /// Its first caller fails when the latch is released, the others at once while it is away.
  private static final class PoolOfAStateDbThatIsAway extends HikariDataSource {
    private final CountDownLatch late;
    private final CountDownLatch waits = new CountDownLatch(1);
    private volatile boolean isAway = true;

    private PoolOfAStateDbThatIsAway(CountDownLatch late) {
      this.late = late;
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (waits.getCount() > 0) {
        waits.countDown();
        awaitLate();
        throw new SQLException("connection refused");
      }
      if (isAway) {
        throw new SQLException("connection refused");
      }
      return DriverManager.getConnection(IN_MEMORY);
    }

    private void awaitLate() {
      try {
        late.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
  }

  private static HikariDataSource pool() {
    var config = new HikariConfig();
    config.setJdbcUrl(IN_MEMORY);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setConnectionTimeout(250);
    return new HikariDataSource(config);
  }
}
