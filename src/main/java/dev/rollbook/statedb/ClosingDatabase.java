package dev.rollbook.statedb;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// Lets no call hang in an H2 that is closing itself, as it does on a full disk.
///
/// A statement that meets the closing then may spin for ever in `MVStore.registerVersionUsage`,
/// which on virtual threads stops the whole service after as many of them as there are processors.
/// H2 asserts that this cannot be: with that one assertion on it is an error instead, which is an
/// SQL exception here like any other of a database that is away.
final class ClosingDatabase {
  private static final String SPINS = "org.h2.mvstore.MVStore";

  private ClosingDatabase() {}

  /// To be called before H2 is used.
  static void letNoCallSpin() {
    var loader = ClosingDatabase.class.getClassLoader();
    if (loader != null) {
      loader.setClassAssertionStatus(SPINS, true);
    }
  }

  /// @throws SQLException if the database closes itself meanwhile
  static @Nullable Object run(WatchedSource.Call call) throws Throwable {
    try {
      return call.run();
    } catch (AssertionError spins) {
      throw closesItself(spins);
    }
  }

  static SQLException closesItself(Throwable how) {
    return new SQLNonTransientConnectionException("the state-db closes itself", how);
  }
}
