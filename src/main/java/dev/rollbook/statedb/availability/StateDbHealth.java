package dev.rollbook.statedb.availability;

import dev.rollbook.rollout.RolloutStorageStatus;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Health of the state-db. It is DEGRADED while the state-db does not answer or does not commit,
/// because appends continue without the state-db. It is DOWN if rollouts cannot be written either,
/// because then nothing is persisted.
@Component("stateDb")
record StateDbHealth(
    StateDbAvailability stateDb, JdbcOperations jdbc, RolloutStorageStatus rollouts)
    implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    try {
      jdbc.queryForObject("SELECT 1", Integer.class);
      stateDb.requireAnswers();
      return Health.up().build();
    } catch (DataAccessException | TransactionException e) {
      if (StateDbBusyException.isCauseOf(e)) {
        return Health.up().withDetail("connections", "all in use").build();
      }
      return unavailable(rollouts.isBroken())
          .withDetail("error", String.valueOf(e.getMostSpecificCause().getMessage()))
          .build();
    }
  }

  private static Health.Builder unavailable(boolean storageIsBroken) {
    return storageIsBroken
        ? Health.down()
            .withDetail("impact", "nothing is kept: rollouts cannot be written either")
            .withDetail("remedy", "look at the disk of the data-dir, and at the state-db")
        : Health.status(DEGRADED)
            .withDetail(
                "impact", "appends go on; calls that need rows get 503 state_db_unavailable")
            .withDetail("remedy", "look at the state-db, and at the disk that it is on");
  }
}
