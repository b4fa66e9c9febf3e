package dev.rollbook.statedb.files;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/// Connections for the files of the data-dir, to the database of the state-db.
///
/// Changes that a turn may wait for have a timeout of two seconds, because a host that vanished
/// must not stop a turn for the 20 seconds that a query may take. Appends have a connection for
/// each lane, other changes and the beat of this process connections of their own, so that none of
/// them waits for queries. All pools, and that of the rows, share a circuit breaker, so that only
/// one caller waits for a database that is away, and only once: an append that fails asks for its
/// outcome over another pool.
///
/// If the synchronous standby of the database does not answer, connections are possible, but no
/// commit returns. So after a timeout all changes fail at once, until a beat is committed again.
/// Changes of rows do too, because their own timeout is ten times as long. A change has no query
/// timeout: PostgreSQL would end the wait for the standby with a mere warning, as if the standby
/// had the commit.
///
/// No call joins a transaction of the state-db: like a file, a row of a file changes at once.
public final class FileDatabase implements AutoCloseable {
  /// Appends that are written at the same time. Each is a group of many.
  public static final int LANES = 2;

  private static final int CHANGE_CONNECTIONS = 4;
  private static final int QUERY_CONNECTIONS = 10;
  private static final int QUERY_SECONDS = 15;
  private static final int CHANGE_SECONDS = 2;
  private static final String SOCKET_TIMEOUT = "socketTimeout";

  /// The database gives up a lock before the driver gives up the connection, whose statement would
  /// go on waiting. A transaction whose client stands still or has vanished releases its locks.
  private static final String SESSION_TIMEOUTS =
      "SET lock_timeout = '1500ms'; SET idle_in_transaction_session_timeout = '2s'";

  private static final String DISK_FULL = "53100";
  private static final String STALL = "commits do not return";

  private final CircuitBreakerDataSource appendPool;
  private final CircuitBreakerDataSource changePool;
  private final CircuitBreakerDataSource beatPool;
  private final CircuitBreakerDataSource queryPool;
  private final JdbcTemplate appends;
  private final JdbcTemplate changes;
  private final JdbcTemplate beats;
  private final JdbcTemplate queries;
  private final TransactionTemplate transactions;

  /// Connections of the rows; null if this process uses only files.
  private final @Nullable CircuitBreakerDataSource rows;

  /// Whether a change has timed out since the last beat that was committed.
  private volatile boolean stalled;

  /// @param stateDb pool whose address, credentials and driver properties are used
  public FileDatabase(HikariConfig stateDb) {
    this(stateDb, null);
  }

  private FileDatabase(HikariConfig stateDb, @Nullable CircuitBreakerDataSource rows) {
    this.rows = rows;
    var first = new HikariDataSource(changeConfig(stateDb, "rollout-appends", LANES));
    this.appendPool =
        rows == null ? new CircuitBreakerDataSource(first, first) : rows.sharing(first);
    this.changePool = pool(changeConfig(stateDb, "rollout-changes", CHANGE_CONNECTIONS));
    this.beatPool = pool(changeConfig(stateDb, "rollout-beat", 1));
    this.queryPool = pool(config(stateDb, "rollout-files", QUERY_CONNECTIONS));
    this.appends = new JdbcTemplate(appendPool);
    this.changes = new JdbcTemplate(changePool);
    this.beats = new JdbcTemplate(beatPool);
    this.queries = new JdbcTemplate(queryPool);
    this.queries.setQueryTimeout(QUERY_SECONDS);
    this.transactions = new TransactionTemplate(new JdbcTransactionManager(changePool));
  }

  static FileDatabase of(DataSource stateDb) throws SQLException {
    return new FileDatabase(
        stateDb.unwrap(HikariDataSource.class), stateDb.unwrap(CircuitBreakerDataSource.class));
  }

  private static HikariConfig changeConfig(HikariConfig stateDb, String name, int size) {
    var config = config(stateDb, name, size);
    // A parameter of the URL has precedence over that of the pool.
    config.setJdbcUrl(
        config.getJdbcUrl().replaceAll("(?<=[?&])" + SOCKET_TIMEOUT + "=[^&]*&?", ""));
    config.addDataSourceProperty(SOCKET_TIMEOUT, String.valueOf(CHANGE_SECONDS));
    var init = config.getConnectionInitSql();
    config.setConnectionInitSql(init == null ? SESSION_TIMEOUTS : SESSION_TIMEOUTS + "; " + init);
    config.setConnectionTimeout(Math.min(config.getConnectionTimeout(), CHANGE_SECONDS * 1000L));
    return config;
  }

  private static HikariConfig config(HikariConfig like, String name, int size) {
    var config = new HikariConfig();
    config.setJdbcUrl(like.getJdbcUrl());
    config.setUsername(like.getUsername());
    config.setPassword(like.getPassword());
    config.setSchema(like.getSchema());
    config.setConnectionInitSql(like.getConnectionInitSql());
    config.setConnectionTimeout(like.getConnectionTimeout());
    config.setValidationTimeout(like.getValidationTimeout());
    like.getDataSourceProperties()
        .forEach((key, value) -> config.addDataSourceProperty(String.valueOf(key), value));
    config.setPoolName(name);
    config.setMaximumPoolSize(size);
    return config;
  }

  private CircuitBreakerDataSource pool(HikariConfig config) {
    return appendPool.sharing(new HikariDataSource(config));
  }

  /// A call of the database.
  interface Call<T> {
    T on(JdbcTemplate jdbc);
  }

  /// Runs an append.
  <T> T append(Call<T> call) throws IOException {
    return unlessStalled(() -> call.on(appends));
  }

  /// Runs a statement that changes a file.
  <T> T change(Call<T> call) throws IOException {
    return unlessStalled(() -> call.on(changes));
  }

  /// Runs statements that change files, in a transaction.
  ///
  /// @param work rolled back if it returns false
  boolean changeTogether(Predicate<JdbcTemplate> work) throws IOException {
    return unlessStalled(() ->
        transactions.execute(status -> {
          boolean done = work.test(changes);
          if (!done) {
            status.setRollbackOnly();
          }
          return done;
        }));
  }

  /// Runs the beat of this process. If it succeeds, commits return again.
  <T> T beat(Call<T> call) throws IOException {
    boolean wasStalled = stalled;
    var result = noticingStalls(() -> call.on(beats));
    if (wasStalled) {
      setStalled(false);
    }
    return result;
  }

  /// Runs a query, or a change in the background.
  <T> T call(Call<T> call) throws IOException {
    return run(() -> call.on(queries));
  }

  /// Connections for changes in the background that a library makes.
  JdbcTemplate background() {
    return queries;
  }

  private <T> T unlessStalled(Work<T> work) throws IOException {
    if (stalled) {
      throw new IOException("database: " + STALL);
    }
    return noticingStalls(work);
  }

  private <T> T noticingStalls(Work<T> work) throws IOException {
    try {
      return run(work);
    } catch (IOException e) {
      if (isTimeout(e)) {
        setStalled(true);
      }
      throw e;
    }
  }

  /// Synchronized, so that a late timeout and the renewal of the lease leave both in the same
  /// state.
  private synchronized void setStalled(boolean is) {
    stalled = is;
    if (rows != null) {
      rows.setStall(is ? STALL : null);
    }
  }

  private static boolean isTimeout(@Nullable Throwable e) {
    return e != null && (e instanceof SocketTimeoutException || isTimeout(e.getCause()));
  }

  private interface Work<T> {
    T run();
  }

  /// An interrupt must not end the wait for a connection: the disk is fine then.
  private static <T> T run(Work<T> work) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      return work.run();
    } catch (DataAccessException | TransactionException e) {
      throw failure(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// The message of a full disk is the one by which
  /// [dev.rollbook.rollout.disk.StorageFaults#isFull] knows it, whatever the language of the
  /// server.
  private static IOException failure(Exception e) {
    var cause = lastOf(e);
    return new IOException(
        cause != null && DISK_FULL.equals(cause.getSQLState())
            ? "no space left in the database"
            : "database: " + (cause == null ? e : cause).getMessage(),
        e);
  }

  /// The innermost exception of the driver; those below it say nothing about the database.
  private static @Nullable SQLException lastOf(@Nullable Throwable e) {
    if (e == null) {
      return null;
    }
    var inner = lastOf(e.getCause());
    return inner == null && e instanceof SQLException sql ? sql : inner;
  }

  @Override
  public void close() {
    appendPool.close();
    changePool.close();
    beatPool.close();
    queryPool.close();
  }
}
