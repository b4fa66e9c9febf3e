package dev.rollbook.statedb;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/// Lets what H2 has on its disk be whole transactions, whenever the process is killed.
///
/// H2 stores tables and indexes one after the other while others go on writing, and relies on the
/// next time for what it caught halfway (h2database issue 2080). After a kill there is no next
/// time: half of a transaction is there, or a row that no index knows of. So one connection writes
/// at a time, from its first change until it commits, and H2 stores nothing by itself: [#store]
/// waits for its turn like who writes.
final class OneWriter extends WatchedSource {
  /// For the URL: tells H2 to store nothing by itself, which it then does only where who writes has
  /// changed more than memory is to hold.
  static final String STORES_WHEN_TOLD = ";WRITE_DELAY=" + Integer.MAX_VALUE;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// A file of which less than half is in use is written anew, bit by bit.
  private static final int LEAST_PERCENT_IN_USE = 50;

  private static final int MOST_BYTES_WRITTEN_ANEW = 1 << 20;

  /// Of a thread, not of a connection: Flyway writes with two at a time. In no order, as handing it
  /// from one thread to the next took a quarter of all starts of threads.
  private final ReentrantLock writing = new ReentrantLock();

  private volatile boolean changed;

  OneWriter(DataSource source) {
    super(source);
    ClosingDatabase.letNoCallSpin();
  }

  @Override
  Watch watch(Connection connection) {
    return new Turn(connection);
  }

  /// Stores what was committed so far; nothing where nothing was.
  ///
  /// @throws SQLException if H2 cannot, which closes itself then
  void store() throws SQLException {
    if (changed) {
      try (var connection = obtainTargetDataSource().getConnection()) {
        awaitTurn();
        try {
          store(connection);
          changed = false;
        } finally {
          writing.unlock();
        }
      }
    }
  }

  private static void store(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      storeOf(connection).compact(LEAST_PERCENT_IN_USE, MOST_BYTES_WRITTEN_ANEW);
      statement.execute("CHECKPOINT");
    } catch (RuntimeException | AssertionError closesItself) {
      throw ClosingDatabase.closesItself(closesItself);
    }
  }

  private static MVStore storeOf(Connection connection) throws SQLException {
    var session = (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
    return session.getDatabase().getStore().getMvStore();
  }

  private void awaitTurn() throws SQLTimeoutException {
    try {
      if (!writing.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new SQLTimeoutException(
            "another write to the state-db takes longer than %d s".formatted(PATIENCE.toSeconds()));
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      throw new SQLTimeoutException("interrupted while another write went on", hurried);
    }
  }

  /// That of one connection to write.
  private final class Turn implements Watch {
    private static final Set<String> ENDS = Set.of("commit", "rollback", "close", "setAutoCommit");

    private final Connection connection;
    private boolean taken;

    Turn(Connection connection) {
      this.connection = connection;
    }

    @Override
    public @Nullable Object around(Object target, String method, Call call) throws Throwable {
      boolean changes = target instanceof Statement && mayChange(method);
      boolean alone = changes && connection.getAutoCommit();
      if (changes && !taken) {
        awaitTurn();
        taken = true;
      }
      try {
        return ClosingDatabase.run(call);
      } finally {
        if (taken && (alone || isEnd(target, method))) {
          taken = false;
          changed = true;
          writing.unlock();
        }
      }
    }

    private static boolean mayChange(String method) {
      return method.startsWith("execute") && !method.equals("executeQuery");
    }

    private static boolean isEnd(Object target, String method) {
      return target instanceof Connection && ENDS.contains(method);
    }
  }
}
