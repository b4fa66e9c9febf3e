package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.files.Replication;
import java.io.IOException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/// Health of the files in the database. It is DOWN if another process has taken them over, and
/// DEGRADED if the loss of one machine would lose acknowledged items.
record StorageHealth(
    ClusterMembership members, Replication replication, DatabaseStorageProperties properties)
    implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    if (members.isLost()) {
      return Health.down()
          .withDetail(
              "impact", "nothing is written: another Rollbook has the files in the database")
          .withDetail("remedy", "restart this process, or stop it")
          .build();
    }
    try {
      boolean replicated = replication.commitsWaitForStandby();
      var health = replicated || properties.acceptUnreplicated() ? Health.up() : unreplicated();
      return health.withDetail("synchronousStandby", replicated).build();
    } catch (IOException e) {
      // The component stateDb shows that the database is away.
      return Health.unknown().withDetail("error", StorageFaults.shortCause(e)).build();
    }
  }

  private static Health.Builder unreplicated() {
    return Health.status(DEGRADED)
        .withDetail("impact", "the loss of the database's machine loses acknowledged items")
        .withDetail(
            "remedy",
            "set synchronous_standby_names in PostgreSQL, or"
                + " rollbook.database.accept-unreplicated=true");
  }
}
