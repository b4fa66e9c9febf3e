package dev.rollbook.statedb.availability;

import dev.rollbook.statedb.dialect.StateDbDialect;
import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// The database behind the rows: whether it answers, and whether it keeps what was committed.
@Component("database")
public class StateDb {
  private static final Logger log = LoggerFactory.getLogger(StateDb.class);

  private final CircuitBreakerDataSource writes;
  private final StateDbDialect dialect;

  StateDb(DataSource writes, StateDbDialect dialect) throws SQLException {
    this.writes = writes.unwrap(CircuitBreakerDataSource.class);
    this.dialect = dialect;
  }

  /// As far as is known without asking it.
  public boolean answers() {
    return writes.trouble() == null;
  }

  /// Why it does not answer.
  public String trouble() {
    return String.valueOf(writes.trouble());
  }

  /// Grows when commits may have been lost; equal numbers mean that none were between.
  public int openings() {
    return dialect.openings();
  }

  /// Twice a second, and a last time when the service stops.
  @PreDestroy
  @Scheduled(fixedDelay = 500)
  void storeRegularly() {
    store();
  }

  /// Makes what was committed survive a kill of the process.
  ///
  /// @return false if that cannot be
  public boolean store() {
    try {
      dialect.store(writes);
      return true;
    } catch (SQLException e) {
      log.debug("the state-db cannot store what was committed", e);
      return false;
    }
  }
}
