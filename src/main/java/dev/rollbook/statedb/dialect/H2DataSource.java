package dev.rollbook.statedb.dialect;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.AbstractDataSource;

/// Data source of H2 that throws an [SQLException] where H2 throws an [AssertionError]. H2 does so
/// while it closes its database by itself, for example on a full disk.
///
/// After an `Error`, Hikari would count the connection as in use for ever, and the pool for writes
/// has only one connection. Therefore connections and their statements are wrapped in proxies that
/// replace the error. Result sets have no proxy, because no connection is taken from the pool while
/// their rows are read.
///
/// The proxies also set the timeout of a statement without SQL. The driver would execute `SET
/// QUERY_TIMEOUT` for each statement, and after any SET, H2 parses and plans every statement of
/// every connection again.
///
/// The number of open connections is limited here, because the size of a pool does not limit it:
/// Hikari opens a new connection while another thread still rolls back and closes the old one.
final class H2DataSource extends AbstractDataSource {
  private final Supplier<DataSource> h2;
  private final Semaphore permits;

  /// @param limit number of connections that are open at a time
  /// @param h2 called for each connection
  H2DataSource(int limit, Supplier<DataSource> h2) {
    this.h2 = h2;
    this.permits = new Semaphore(limit);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return connection(h2.get()::getConnection);
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return connection(() -> h2.get().getConnection(user, password));
  }

  /// Called by the pool. An embedded database has no login timeout.
  @Override
  public void setLoginTimeout(int seconds) {}

  private interface Opening {
    Connection open() throws SQLException;
  }

  private Connection connection(Opening opening) throws SQLException {
    if (!permits.tryAcquire()) {
      throw new SQLTransientConnectionException("H2 is still closing the connection before");
    }
    var open = new AtomicBoolean(true);
    Runnable closed =
        () -> {
          if (open.getAndSet(false)) {
            permits.release();
          }
        };
    try {
      var connection = opening.open();
      H2ShutdownHook.remove(connection);
      return proxy(Connection.class, connection, session(connection), closed);
    } catch (AssertionError e) {
      closed.run();
      throw closing(e);
    } catch (SQLException | RuntimeException e) {
      closed.run();
      throw e;
    }
  }

  /// The part of H2 that executes the statements of a connection.
  static SessionLocal session(Connection connection) throws SQLException {
    return (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
  }

  private static <T> T proxy(Class<T> type, T target, SessionLocal session, Runnable closed) {
    return type.cast(
        Proxy.newProxyInstance(
            H2DataSource.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                if (method.getName().equals("setQueryTimeout")) {
                  session.setQueryTimeout(Math.multiplyExact((int) arguments[0], 1000));
                  return null;
                }
                return wrapped(method.invoke(target, arguments), session);
              } catch (InvocationTargetException e) {
                throw e.getCause() instanceof AssertionError error ? closing(error) : e.getCause();
              } finally {
                if (method.getName().equals("close")) {
                  closed.run();
                }
              }
            }));
  }

  private static @Nullable Object wrapped(@Nullable Object result, SessionLocal session) {
    return switch (result) {
      case PreparedStatement one -> proxy(PreparedStatement.class, one, session, () -> {});
      case Statement one -> proxy(Statement.class, one, session, () -> {});
      case null -> null;
      default -> result;
    };
  }

  /// The same failure as that of a statement on a closed database.
  static SQLException closing(Throwable cause) {
    return new SQLNonTransientConnectionException(
        "H2 is closing the state-db",
        String.valueOf(ErrorCode.DATABASE_IS_CLOSED),
        ErrorCode.DATABASE_IS_CLOSED,
        cause);
  }
}
