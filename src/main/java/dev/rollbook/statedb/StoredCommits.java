package dev.rollbook.statedb;

import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Has H2 store what was committed, at most half a second late, and a last time when the service
/// stops. Other databases do that by themselves.
@Component
public class StoredCommits {
  private static final Logger log = LoggerFactory.getLogger(StoredCommits.class);

  private final @Nullable OneWriter writer;
  private final StateDbPresence stateDb;

  StoredCommits(DataSource source, StateDbPresence stateDb) throws SQLException {
    this.stateDb = stateDb;
    this.writer = source.isWrapperFor(OneWriter.class) ? source.unwrap(OneWriter.class) : null;
  }

  @PreDestroy
  @Scheduled(fixedDelay = 500)
  void store() {
    if (stateDb.answers()) {
      storeNow();
    }
  }

  /// Makes what was committed survive a kill of the process.
  ///
  /// @return false if that cannot be
  public boolean storeNow() {
    if (writer == null) {
      return true;
    }
    try {
      writer.store();
      return true;
    } catch (SQLException away) {
      log.debug("the state-db cannot store what was committed", away);
      return false;
    }
  }
}
