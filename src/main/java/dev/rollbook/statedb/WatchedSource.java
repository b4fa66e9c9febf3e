package dev.rollbook.statedb;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// A source of connections whose calls, and those of the statements that they make, are watched.
abstract class WatchedSource extends DelegatingDataSource {
  WatchedSource(DataSource source) {
    super(source);
  }

  /// Stands around the calls of one connection.
  interface Watch {
    /// @param target a [Connection] or a [Statement]
    /// @param method the name of what is called of it
    @Nullable Object around(Object target, String method, Call call) throws Throwable;
  }

  /// What was called, with its arguments.
  interface Call {
    /// @throws Throwable whatever the driver throws
    @Nullable Object run() throws Throwable;
  }

  abstract Watch watch(Connection connection);

  @Override
  public Connection getConnection() throws SQLException {
    var connection = super.getConnection();
    return watched(connection, Connection.class, watch(connection));
  }

  private static <T> T watched(T target, Class<T> type, Watch watch) {
    return type.cast(
        Proxy.newProxyInstance(
            WatchedSource.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                statementsToo(
                    watch.around(
                        target,
                        method.getName(),
                        () -> {
                          try {
                            return method.invoke(target, arguments);
                          } catch (InvocationTargetException failed) {
                            throw failed.getTargetException();
                          }
                        }),
                    watch)));
  }

  private static @Nullable Object statementsToo(@Nullable Object result, Watch watch) {
    return switch (result) {
      case PreparedStatement prepared -> watched(prepared, PreparedStatement.class, watch);
      case Statement statement -> watched(statement, Statement.class, watch);
      case null, default -> result;
    };
  }
}
