package dev.rollbook.statedb.availability;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Degraded while the state-db does not answer: live threads go on without it. Down only where
/// rollouts cannot be written either, so that nothing is kept at all.
@Component("stateDb")
class StateDbHealth implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  private final JdbcOperations jdbc;
  private final RolloutStorageStatus rollouts;

  StateDbHealth(JdbcOperations jdbc, RolloutStorageStatus rollouts) {
    this.jdbc = jdbc;
    this.rollouts = rollouts;
  }

  @Override
  public Health health() {
    try {
      jdbc.queryForObject("SELECT 1", Integer.class);
      return Health.up().build();
    } catch (DataAccessException | TransactionException away) {
      if (StateDbBusyException.isCauseOf(away)) {
        return Health.up().withDetail("connections", "all in use").build();
      }
      return away(rollouts.isBroken())
          .withDetail("error", String.valueOf(away.getMostSpecificCause().getMessage()))
          .build();
    }
  }

  private static Health.Builder away(boolean nothingIsKept) {
    return nothingIsKept
        ? Health.down()
            .withDetail("impact", "nothing is kept: rollouts cannot be written either")
            .withDetail("remedy", "look at the disk of the data-dir, and at the state-db")
        : Health.status(DEGRADED)
            .withDetail(
                "impact", "appends go on; calls that need rows get 503 state_db_unavailable")
            .withDetail("remedy", "look at the state-db, and at the disk that it is on");
  }
}
