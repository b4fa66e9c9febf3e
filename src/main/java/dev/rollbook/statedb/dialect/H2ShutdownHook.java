package dev.rollbook.statedb.dialect;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import org.h2.engine.Database;

/// Removes the JVM shutdown hook of H2, which stores the database while other threads write.
///
/// H2 registers the hook for every database in a file. With DB_CLOSE_ON_EXIT=FALSE it does not
/// close the database, but still executes a checkpoint (`Database.onShutdown` of 2.4.240). The JVM
/// runs its hooks concurrently, so the checkpoint runs while a graceful shutdown still waits for
/// requests. If the process is then killed before the next [H2Dialect#store], the file has half of
/// a transaction. No setting disables the hook, so it is removed by reflection.
final class H2ShutdownHook {
  private static final Method UNREGISTER = unregister();

  private H2ShutdownHook() {}

  private static Method unregister() {
    try {
      var method =
          Class.forName("org.h2.engine.OnExitDatabaseCloser")
              .getDeclaredMethod("unregister", Database.class);
      method.setAccessible(true);
      return method;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of H2 registers another shutdown hook", e);
    }
  }

  /// Has no effect on a database without hook.
  ///
  /// @param connection any connection to the database
  static void remove(Connection connection) throws SQLException {
    var session = H2DataSource.session(connection);
    try {
      UNREGISTER.invoke(null, session.getDatabase());
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new SQLException("cannot remove the shutdown hook of H2", e);
    }
  }
}
