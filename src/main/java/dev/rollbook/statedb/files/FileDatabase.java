package dev.rollbook.statedb.files;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import java.io.IOException;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/// Connections for the files of the data-dir, to the database of the state-db.
///
/// Appends have their own pool, with one connection for each lane, and a short timeout: a host that
/// vanished must not stop a turn for the 20 seconds that a query may take. Both pools have a
/// circuit breaker, so that only one caller waits for a database that is away.
///
/// No call joins a transaction of the state-db: like a file, a row of a file changes at once.
public final class FileDatabase implements AutoCloseable {
  /// Appends that are written at the same time. Each is a group of many.
  public static final int LANES = 2;

  private static final int CONNECTIONS = 10;
  private static final int STATEMENT_SECONDS = 15;
  private static final int APPEND_TIMEOUT_SECONDS = 2;
  private static final String DISK_FULL = "53100";

  private final CircuitBreakerDataSource appendPool;
  private final CircuitBreakerDataSource filePool;
  private final JdbcTemplate appends;
  private final JdbcTemplate files;
  private final TransactionTemplate transactions;

  /// @param stateDb pool whose address, credentials and driver properties are used
  public FileDatabase(HikariConfig stateDb) {
    this.appendPool = pool(appendConfig(stateDb));
    this.filePool = pool(config(stateDb, "rollout-files", CONNECTIONS));
    this.appends = new JdbcTemplate(appendPool);
    this.files = new JdbcTemplate(filePool);
    this.files.setQueryTimeout(STATEMENT_SECONDS);
    this.transactions = new TransactionTemplate(new JdbcTransactionManager(filePool));
  }

  static FileDatabase of(DataSource stateDb) throws SQLException {
    return new FileDatabase(stateDb.unwrap(HikariDataSource.class));
  }

  private static HikariConfig appendConfig(HikariConfig stateDb) {
    var config = config(stateDb, "rollout-appends", LANES);
    config.addDataSourceProperty("socketTimeout", String.valueOf(APPEND_TIMEOUT_SECONDS));
    config.setConnectionTimeout(
        Math.min(config.getConnectionTimeout(), APPEND_TIMEOUT_SECONDS * 1000L));
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

  private static CircuitBreakerDataSource pool(HikariConfig config) {
    var pool = new HikariDataSource(config);
    return new CircuitBreakerDataSource(pool, pool);
  }

  /// A call of the database.
  interface Call<T> {
    T on(JdbcTemplate jdbc);
  }

  /// Runs a call in the pool for appends.
  <T> T append(Call<T> call) throws IOException {
    return run(() -> call.on(appends));
  }

  /// Runs a call in the pool for everything else.
  <T> T call(Call<T> call) throws IOException {
    return run(() -> call.on(files));
  }

  /// Runs calls in a transaction.
  <T> T inTransaction(Call<T> call) throws IOException {
    return run(() -> transactions.execute(status -> call.on(files)));
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
    filePool.close();
  }
}
