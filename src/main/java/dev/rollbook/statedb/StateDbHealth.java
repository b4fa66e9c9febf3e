package dev.rollbook.statedb;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.stereotype.Component;

/// Degraded while the state-db does not answer. Never down: live threads go on without it.
@Component("stateDb")
class StateDbHealth implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  private final JdbcOperations jdbc;

  StateDbHealth(JdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Health health() {
    try {
      jdbc.execute("SELECT 1");
      return Health.up().build();
    } catch (DataAccessException away) {
      return Health.status(DEGRADED)
          .withDetail("error", String.valueOf(away.getMostSpecificCause().getMessage()))
          .withDetail("impact", "appends go on; calls that need rows get 503 state_db_unavailable")
          .withDetail("remedy", "look at the state-db, and at the disk that it is on")
          .build();
    }
  }
}
