package dev.rollbook.statedb.availability;

import dev.rollbook.statedb.dialect.StateDbDialect;
import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// State of the state-db: whether it answers, and whether commits may have been lost. This class
/// also writes commits to the disk twice a second.
@Component("database")
public class StateDbAvailability {
  private static final Logger log = LoggerFactory.getLogger(StateDbAvailability.class);

  private final CircuitBreakerDataSource writes;
  private final StateDbDialect dialect;

  StateDbAvailability(DataSource writes, StateDbDialect dialect) throws SQLException {
    this.writes = writes.unwrap(CircuitBreakerDataSource.class);
    this.dialect = dialect;
  }

  /// The last known state, without a query.
  public boolean answers() {
    return !writes.isOpen();
  }

  /// Whether commits return, as far as known. No commit that was acknowledged is lost by that, and
  /// queries go on.
  public boolean commits() {
    return !writes.isStalled();
  }

  /// Fails as a statement that writes would fail, if the state-db is known not to answer or not to
  /// commit.
  public void requireAnswers() {
    if (!answers() || !commits()) {
      throw new CannotGetJdbcConnectionException(trouble());
    }
  }

  /// Cause of the unavailability.
  public String trouble() {
    return String.valueOf(writes.trouble());
  }

  /// Incremented when commits may have been lost; none were lost between two equal numbers.
  public int openings() {
    return dialect.openings();
  }

  /// Runs twice a second, and a last time at shutdown.
  @PreDestroy
  @Scheduled(fixedDelay = 500)
  void storeRegularly() {
    store();
  }

  /// Writes all commits to disk, so that they survive a kill of the process.
  ///
  /// @return whether that succeeded
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
