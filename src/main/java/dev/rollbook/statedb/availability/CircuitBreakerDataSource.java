package dev.rollbook.statedb.availability;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// Circuit breaker around a connection pool.
///
/// Hikari lets every caller wait for the whole connection timeout, and some callers hold a lock
/// during this wait. With this class, the first caller that gets no connection opens the circuit.
/// All other callers then fail at once, until a background probe gets a connection again. The
/// failure of a caller that began to wait before then does not open the circuit again.
///
/// Connections may be possible although no commit returns, because a synchronous standby does not
/// answer. The caller that notices this calls [#setStall]. From then on, callers that write fail at
/// once too, and those that already wait for a commit lose their connections. Queries outside of
/// transactions go on.
///
/// Requests that only read ([ReadScope]) can use only a part of the pool. The rest is reserved for
/// writes. If a caller gets no connection in time, but other callers returned connections during
/// the wait, the state-db is busy, and the circuit stays closed.
public final class CircuitBreakerDataSource extends DelegatingDataSource implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CircuitBreakerDataSource.class);
  private static final Duration PROBE_INTERVAL = Duration.ofMillis(250);
  private static final Executor PROBE_EXECUTOR =
      probe -> Thread.ofVirtual().name("state-db-probe").start(probe);
  private static final Executor DELAYED_PROBE_EXECUTOR =
      CompletableFuture.delayedExecutor(
          PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS, PROBE_EXECUTOR);

  /// Class of the SQL states of a server that has no connection or memory left.
  private static final String NO_RESOURCES = "53";

  /// Connections of the pool that reads leave to loads of threads, turns, row updates, comparisons.
  private static final int RESERVED_CONNECTIONS = 4;

  private final HikariDataSource pool;
  private final Semaphore readers;
  private final AtomicLong returnedAt;
  private final AtomicLong closedAt;
  private final AtomicReference<@Nullable String> trouble;
  private final Set<Connection> writing = ConcurrentHashMap.newKeySet();
  private final CircuitBreakerDataSource queries;

  /// Why no commit returns; null while they do, and always for queries.
  private volatile @Nullable String stall;

  /// @param queries the pool for queries outside of transactions, which may be the same one; both
  ///   share the state of the circuit
  public CircuitBreakerDataSource(HikariDataSource pool, HikariDataSource queries) {
    super(pool);
    this.pool = pool;
    this.readers = readers(pool);
    this.returnedAt = new AtomicLong(System.nanoTime());
    this.closedAt = new AtomicLong(System.nanoTime());
    this.trouble = new AtomicReference<>();
    this.queries = new CircuitBreakerDataSource(queries, this, returnedAt);
  }

  private CircuitBreakerDataSource(
      HikariDataSource pool, CircuitBreakerDataSource known, AtomicLong returnedAt) {
    super(pool);
    this.pool = pool;
    this.readers = pool.equals(known.pool) ? known.readers : readers(pool);
    this.returnedAt = returnedAt;
    this.closedAt = known.closedAt;
    this.trouble = known.trouble;
    this.queries = this;
  }

  private static Semaphore readers(HikariDataSource pool) {
    return new Semaphore(Math.max(1, pool.getMaximumPoolSize() - RESERVED_CONNECTIONS), true);
  }

  /// Another pool of the same database, with the same circuit: if a caller of one of them gets no
  /// connection, callers of the others need not wait for one. A stall holds only for this one.
  public CircuitBreakerDataSource sharing(HikariDataSource other) {
    return new CircuitBreakerDataSource(other, this, new AtomicLong(System.nanoTime()));
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
    requireClosedCircuit();
    if (!ReadScope.isActive()) {
      return connection(() -> {});
    }
    awaitReader();
    try {
      // Another caller may have opened the circuit meanwhile.
      requireClosedCircuit();
      return connection(readers::release);
    } catch (SQLException | RuntimeException | Error e) {
      readers.release();
      throw e;
    }
  }

  /// @param why no commit returns; null if they do again
  public void setStall(@Nullable String why) {
    stall = why;
    if (why != null) {
      // A caller that has added its connection too late for this finds the stall afterwards.
      writing.forEach(CircuitBreakerDataSource::abort);
    }
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(PROBE_EXECUTOR);
    } catch (SQLException e) {
      log.debug("a connection that waits for a commit cannot be closed", e);
    }
  }

  private void requireClosedCircuit() throws SQLTransientConnectionException {
    var known = trouble();
    if (known != null) {
      throw new SQLTransientConnectionException(known);
    }
  }

  private void awaitReader() throws SQLException {
    try {
      if (!readers.tryAcquire(pool.getConnectionTimeout(), TimeUnit.MILLISECONDS)) {
        throw timedOut(
            new SQLTransientConnectionException(
                "all connections to the state-db that reads may have are in use"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while waiting for a connection", e);
    }
  }

  private Connection connection(Runnable atReturn) throws SQLException {
    long begun = System.nanoTime();
    Connection connection;
    try {
      connection = super.getConnection();
    } catch (SQLException e) {
      if (isExhausted(e, begun)) {
        throw timedOut(e);
      }
      if (begun - closedAt.get() >= 0 && isOutage(e)) {
        open(e);
      }
      throw e;
    }
    writing.add(connection);
    var why = stall;
    if (why != null) {
      writing.remove(connection);
      connection.close();
      throw new SQLTransientConnectionException(why);
    }
    return returning(connection, atReturn);
  }

  /// If no connection was returned during the whole wait, the state-db is unavailable.
  private SQLException timedOut(SQLException e) {
    long silence = System.nanoTime() - returnedAt.get();
    return silence < TimeUnit.MILLISECONDS.toNanos(pool.getConnectionTimeout())
        ? new StateDbBusyException(String.valueOf(e.getMessage()))
        : e;
  }

  private Connection returning(Connection connection, Runnable atReturn) {
    var returned = new AtomicBoolean();
    return (Connection)
        Proxy.newProxyInstance(
            CircuitBreakerDataSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              boolean isReturn =
                  method.getName().equals("close") && returned.compareAndSet(false, true);
              // Hikari closes one that broke when its use fails.
              boolean works = isReturn && !connection.isClosed();
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              } finally {
                if (isReturn) {
                  returned(connection, works);
                  atReturn.run();
                }
              }
            });
  }

  /// @param works whether its database still answered: one that broke does not show that the pool
  ///   is merely busy
  private void returned(Connection connection, boolean works) {
    if (works) {
      returnedAt.set(System.nanoTime());
    }
    writing.remove(connection);
  }

  /// Why the state-db does not answer, or does not commit; null while it does both.
  @Nullable String trouble() {
    var known = trouble.get();
    return known == null ? stall : known;
  }

  /// Whether the circuit is open.
  boolean isOpen() {
    return trouble.get() != null;
  }

  boolean isStalled() {
    return stall != null;
  }

  /// All connections are in use: Hikari then throws an exception without a cause. Its cause may
  /// also be an attempt to add a connection that failed long ago, so a working connection that was
  /// returned during the wait says the same.
  private boolean isExhausted(SQLException failed, long begun) {
    return failed instanceof SQLTransientConnectionException
        && (failed.getCause() == null || returnedAt.get() - begun > 0);
  }

  /// An interrupted caller, or a server that has no more connections for this pool, says nothing
  /// about the connections of the others.
  private static boolean isOutage(SQLException failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof InterruptedException
          || (cause instanceof SQLException sql
              && String.valueOf(sql.getSQLState()).startsWith(NO_RESOURCES))) {
        return false;
      }
    }
    return true;
  }

  private void open(SQLException failed) {
    if (trouble.compareAndSet(null, cause(failed))) {
      PROBE_EXECUTOR.execute(this::probe);
    }
  }

  private void probe() {
    if (!pool.isClosed() && !answersAgain()) {
      DELAYED_PROBE_EXECUTOR.execute(this::probe);
    }
  }

  private boolean answersAgain() {
    try (var connection = super.getConnection()) {
      log.debug("the state-db answers again: {}", connection);
      closedAt.set(System.nanoTime());
      trouble.set(null);
      return true;
    } catch (SQLException | RuntimeException | Error e) {
      log.trace("the state-db does not answer", e);
      return false;
    }
  }

  /// The message of the root cause: that of the pool says nothing about the state-db.
  private static String cause(SQLException failed) {
    var last = NestedExceptionUtils.getMostSpecificCause(failed);
    return last instanceof SQLException || failed.getCause() == null
        ? String.valueOf(last.getMessage())
        : String.valueOf(failed.getCause().getMessage());
  }
}
