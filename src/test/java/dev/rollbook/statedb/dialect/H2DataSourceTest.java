package dev.rollbook.statedb.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// A pool of one connection to an H2 that throws Errors for a while.
class H2DataSourceTest {
  private static final String QUERY = "SELECT 1";
  private static final String ENDLESS_QUERY =
      "SELECT MAX(a.x + b.x) FROM SYSTEM_RANGE(1, 10000000) a, SYSTEM_RANGE(1, 10000000) b";

  /// Hikari hands out a connection that was used within half a second without a test of it.
  private static final Duration UNTIL_TESTED = Duration.ofMillis(600);

  private static final Duration UNTIL_ROLLED_BACK = Duration.ofMinutes(1);

  private final ClosingH2 h2 = new ClosingH2();
  private final HikariDataSource pool = pool(new H2DataSource(1, () -> h2));

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  void theOnlyConnectionIsBackAfterAnErrorInItsTest() throws SQLException {
    query();

    h2.closing = true;
    await()
        .pollDelay(UNTIL_TESTED)
        .untilAsserted(() -> assertThatThrownBy(this::query).isInstanceOf(SQLException.class));
    h2.closing = false;

    await().ignoreExceptions().until(() -> query());
  }

  @Test
  void theOnlyConnectionIsReplacedAfterAnErrorInAStatement() throws SQLException {
    try (var connection = pool.getConnection();
        var statement = connection.prepareStatement(QUERY)) {
      h2.closing = true;

      assertThatThrownBy(statement::executeQuery)
          .isInstanceOf(SQLException.class)
          .hasCauseInstanceOf(AssertionError.class);
      assertThat(connection.isClosed()).isTrue();
      h2.closing = false;
    }

    await().ignoreExceptions().until(() -> query());
  }

  @Test
  void aConnectionIsOpenedOnlyWhenTheOneBeforeIsClosed() throws SQLException {
    var source = new H2DataSource(1, () -> h2);
    var first = source.getConnection();

    assertThatThrownBy(source::getConnection).isInstanceOf(SQLTransientConnectionException.class);
    first.close();
    first.close();
    try (var second = source.getConnection()) {
      execute(second, QUERY);
      assertThatThrownBy(source::getConnection).isInstanceOf(SQLTransientConnectionException.class);
    }
  }

  @Test
  void aConnectionThatCannotBeOpenedOrClosedDoesNotCount() throws SQLException {
    var source = new H2DataSource(1, () -> h2);
    var stale = source.getConnection();
    h2.closing = true;
    assertThatThrownBy(stale::close).isInstanceOf(SQLException.class);
    assertThatThrownBy(source::getConnection).hasCauseInstanceOf(AssertionError.class);
    h2.closing = false;

    source.getConnection().close();
  }

  @Test
  void aBrokenConnectionIsRolledBackBeforeTheNextOneIsThere(@TempDir Path directory)
      throws SQLException {
    var dialect = new H2Dialect(H2Dialect.url(directory.resolve("state-db")));
    try (var writes = pool(new H2DataSource(1, dialect::h2))) {
      writes.setConnectionTimeout(UNTIL_ROLLED_BACK.toMillis());
      var broken = writes.getConnection();
      execute(broken, "CREATE TABLE counter AS SELECT x FROM SYSTEM_RANGE(1, 50000)");
      broken.setAutoCommit(false);
      execute(broken, "UPDATE counter SET x = 0");
      writes.evictConnection(broken);

      try (var next = writes.getConnection()) {
        next.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
        assertThat(smallestIn(next)).isPositive();
      }
    }
  }

  @Test
  void aConnectionToADatabaseThatClosedItselfDoesNotHideTheOneThatWasOpenedAgain(
      @TempDir Path directory) throws SQLException {
    var dialect = new H2Dialect(H2Dialect.url(directory.resolve("state-db")));
    var source = new H2DataSource(Integer.MAX_VALUE, dialect::h2);
    try (var stale = source.getConnection();
        var closing = source.getConnection()) {
      execute(closing, "SHUTDOWN IMMEDIATELY");
      try (var again = source.getConnection()) {
        assertThatThrownBy(() -> execute(stale, QUERY)).isInstanceOf(SQLException.class);

        try (var another = source.getConnection()) {
          execute(another, QUERY);
        }
        execute(again, "SHUTDOWN");
      }
    }
    assertThat(dialect.openings()).isEqualTo(2);
  }

  @Test
  void theTimeoutOfAStatementEndsItAndLeavesAllPlansValid() throws SQLException {
    try (var connection = new H2DataSource(1, () -> h2).getConnection();
        var statement = connection.prepareStatement(ENDLESS_QUERY)) {
      var database = H2DataSource.session(connection).getDatabase();
      long plans = database.getModificationMetaId();

      statement.setQueryTimeout(1);

      assertThatThrownBy(statement::executeQuery).isInstanceOf(SQLTimeoutException.class);
      assertThat(database.getModificationMetaId()).isEqualTo(plans);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int smallestIn(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery("SELECT MIN(x) FROM counter")) {
      result.next();
      return result.getInt(1);
    }
  }

  private boolean query() throws SQLException {
    try (var connection = pool.getConnection();
        var statement = connection.createStatement()) {
      return statement.execute(QUERY);
    }
  }

  private static HikariDataSource pool(DataSource source) {
    var pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setExceptionOverride(new H2ConnectionEvictionPolicy());
    pool.setConnectionTestQuery(QUERY);
    pool.setMaximumPoolSize(1);
    pool.setConnectionTimeout(250);
    return pool;
  }

  /// H2 in memory, of which each call fails while it is closing.
  private static final class ClosingH2 extends DelegatingDataSource {
    private volatile boolean closing;

    private ClosingH2() {
      super(inMemory());
    }

    private static DataSource inMemory() {
      var h2 = new JdbcDataSource();
      h2.setURL("jdbc:h2:mem:");
      return h2;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return (Connection) failing(Connection.class, super.getConnection());
    }

    private Object failing(Class<?> type, Object target) {
      return Proxy.newProxyInstance(
          ClosingH2.class.getClassLoader(),
          new Class<?>[] {type},
          (proxy, method, arguments) -> {
            if (closing && method.getDeclaringClass() != Object.class) {
              throw new AssertionError("closing");
            }
            try {
              var result = method.invoke(target, arguments);
              return method.getName().endsWith("Statement") && result != null
                  ? failing(method.getReturnType(), result)
                  : result;
            } catch (InvocationTargetException e) {
              throw e.getCause();
            }
          });
    }
  }
}
