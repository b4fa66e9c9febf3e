package dev.rollbook.statedb;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// Lets no call hang in an H2 that is closing itself, as it does on a full disk.
///
/// A statement that meets the closing then may spin for ever in `MVStore.registerVersionUsage`,
/// which on virtual threads stops the whole service after as many of them as there are processors.
/// H2 asserts that this cannot be: with that one assertion on it is an error instead, which is an
/// SQL exception here like any other of a database that is away.
final class ClosingDatabase extends DelegatingDataSource {
  private static final String SPINS = "org.h2.mvstore.MVStore";

  ClosingDatabase(DataSource source) {
    super(source);
    var loader = ClosingDatabase.class.getClassLoader();
    if (loader != null) {
      loader.setClassAssertionStatus(SPINS, true);
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    return guarded(super.getConnection(), Connection.class);
  }

  private static <T> T guarded(T target, Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            ClosingDatabase.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return guarded(method.invoke(target, arguments));
              } catch (InvocationTargetException failed) {
                throw failure(failed.getTargetException());
              }
            }));
  }

  private static Object guarded(Object result) {
    return switch (result) {
      case PreparedStatement prepared -> guarded(prepared, PreparedStatement.class);
      case Statement statement -> guarded(statement, Statement.class);
      case null, default -> result;
    };
  }

  private static Throwable failure(Throwable cause) {
    return cause instanceof AssertionError
        ? new SQLNonTransientConnectionException("the state-db closes itself", cause)
        : cause;
  }
}
