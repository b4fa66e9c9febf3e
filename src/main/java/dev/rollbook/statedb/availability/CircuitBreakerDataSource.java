package dev.rollbook.statedb.availability;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// A pool that fails fast while the state-db is away, and tells that from one that is busy.
///
/// Hikari makes each caller wait for the whole of its timeout, also the thousandth, and some of
/// them hold a lock meanwhile. Here the first one waits; then everybody fails at once, until a
/// probe in the background has got a connection again.
///
/// Requests that read ([ReadScope]) get no connection while so many others of them have one that
/// only those are left which are reserved. A caller whose wait timed out while connections were
/// returned has met a busy state-db, not one that is away.
public final class CircuitBreakerDataSource extends DelegatingDataSource implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CircuitBreakerDataSource.class);
  private static final Duration BETWEEN_PROBES = Duration.ofMillis(250);
  private static final Executor PROBING =
      probe -> Thread.ofVirtual().name("state-db-probe").start(probe);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(BETWEEN_PROBES.toMillis(), TimeUnit.MILLISECONDS, PROBING);

  /// Of the pool's ten: appends that load a thread, turns, row updates and comparisons.
  private static final int RESERVED = 4;

  private final HikariDataSource pool;
  private final Semaphore readers;
  private final AtomicLong returnedAt;
  private final AtomicReference<@Nullable String> trouble;
  private final CircuitBreakerDataSource queries;

  /// @param queries the pool for queries outside of transactions, which may be the same one: what
  ///   is known of the state-db holds for both
  public CircuitBreakerDataSource(HikariDataSource pool, HikariDataSource queries) {
    super(pool);
    this.pool = pool;
    this.readers = readers(pool);
    this.returnedAt = new AtomicLong(System.nanoTime());
    this.trouble = new AtomicReference<>();
    this.queries = queries.equals(pool) ? this : new CircuitBreakerDataSource(queries, this);
  }

  private CircuitBreakerDataSource(HikariDataSource pool, CircuitBreakerDataSource known) {
    super(pool);
    this.pool = pool;
    this.readers = readers(pool);
    this.returnedAt = known.returnedAt;
    this.trouble = known.trouble;
    this.queries = this;
  }

  private static Semaphore readers(HikariDataSource pool) {
    return new Semaphore(Math.max(1, pool.getMaximumPoolSize() - RESERVED), true);
  }

  /// Connections for queries outside of transactions.
  public CircuitBreakerDataSource queries() {
    return queries;
  }

  @Override
  public void close() {
    pool.close();
  }

  @Override
  public Connection getConnection() throws SQLException {
    requireKnownToAnswer();
    if (!ReadScope.isActive()) {
      return connection(() -> {});
    }
    awaitReader();
    try {
      // Others may have found out while this one waited.
      requireKnownToAnswer();
      return connection(readers::release);
    } catch (SQLException | RuntimeException | Error failed) {
      readers.release();
      throw failed;
    }
  }

  private void requireKnownToAnswer() throws SQLTransientConnectionException {
    var known = trouble.get();
    if (known != null) {
      throw new SQLTransientConnectionException(known);
    }
  }

  private void awaitReader() throws SQLException {
    try {
      if (!readers.tryAcquire(pool.getConnectionTimeout(), TimeUnit.MILLISECONDS)) {
        throw noneFree(
            new SQLTransientConnectionException(
                "all connections to the state-db that reads may have are in use"));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while others read", interrupted);
    }
  }

  private Connection connection(Runnable atReturn) throws SQLException {
    try {
      return returning(super.getConnection(), atReturn);
    } catch (SQLException failed) {
      if (isExhausted(failed)) {
        throw noneFree(failed);
      }
      goesAway(failed);
      throw failed;
    }
  }

  /// Where no connection came back for as long as the caller waited, nobody was answered.
  private SQLException noneFree(SQLException waitedInVain) {
    long silence = System.nanoTime() - returnedAt.get();
    return silence < TimeUnit.MILLISECONDS.toNanos(pool.getConnectionTimeout())
        ? new StateDbBusyException(String.valueOf(waitedInVain.getMessage()))
        : waitedInVain;
  }

  private Connection returning(Connection connection, Runnable atReturn) {
    var returned = new AtomicBoolean();
    return (Connection)
        Proxy.newProxyInstance(
            CircuitBreakerDataSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException failed) {
                throw failed.getTargetException();
              } finally {
                if (method.getName().equals("close") && returned.compareAndSet(false, true)) {
                  returnedAt.set(System.nanoTime());
                  atReturn.run();
                }
              }
            });
  }

  /// Why it does not answer; null where it does, as far as is known.
  @Nullable String trouble() {
    return trouble.get();
  }

  /// All connections are in use, which says nothing of the state-db: the pool then knows no cause.
  private static boolean isExhausted(SQLException failed) {
    return failed instanceof SQLTransientConnectionException && failed.getCause() == null;
  }

  private void goesAway(SQLException failed) {
    if (trouble.compareAndSet(null, cause(failed))) {
      PROBING.execute(this::probe);
    }
  }

  private void probe() {
    if (!pool.isClosed() && !isBack()) {
      LATER.execute(this::probe);
    }
  }

  private boolean isBack() {
    try (var connection = super.getConnection()) {
      log.debug("the state-db answers again: {}", connection);
      trouble.set(null);
      return true;
    } catch (SQLException | RuntimeException | Error still) {
      log.trace("the state-db does not answer", still);
      return false;
    }
  }

  /// What the pool says is about the pool; what is behind it is about the state-db.
  private static String cause(SQLException failed) {
    Throwable last = failed;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last instanceof SQLException || failed.getCause() == null
        ? String.valueOf(last.getMessage())
        : String.valueOf(failed.getCause().getMessage());
  }
}
