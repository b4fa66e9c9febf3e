package dev.rollbook.statedb;

import java.sql.Connection;
import java.sql.SQLNonTransientConnectionException;
import javax.sql.DataSource;

/// Lets no call hang in an H2 that is closing itself, as it does on a full disk.
///
/// A statement that meets the closing then may spin for ever in `MVStore.registerVersionUsage`,
/// which on virtual threads stops the whole service after as many of them as there are processors.
/// H2 asserts that this cannot be: with that one assertion on it is an error instead, which is an
/// SQL exception here like any other of a database that is away.
final class ClosingDatabase extends WatchedSource {
  private static final String SPINS = "org.h2.mvstore.MVStore";

  ClosingDatabase(DataSource source) {
    super(source);
    var loader = ClosingDatabase.class.getClassLoader();
    if (loader != null) {
      loader.setClassAssertionStatus(SPINS, true);
    }
  }

  @Override
  Watch watch(Connection connection) {
    return (target, method, call) -> {
      try {
        return call.run();
      } catch (AssertionError spins) {
        throw new SQLNonTransientConnectionException("the state-db closes itself", spins);
      }
    };
  }
}
