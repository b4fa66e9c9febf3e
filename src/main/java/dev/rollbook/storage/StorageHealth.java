package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.files.Replication;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/// Health of the files in the database. It is DOWN if another process has taken them over, and
/// DEGRADED if the loss of one machine would lose acknowledged items, which a meter also says.
record StorageHealth(
    ClusterMembership members, Replication replication, DatabaseStorageProperties properties)
    implements HealthIndicator, MeterBinder {
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
      var health = isAccepted(replicated) ? Health.up() : unreplicated();
      return health.withDetail("synchronousStandby", replicated).build();
    } catch (IOException e) {
      // The component stateDb shows that the database is away.
      return Health.unknown().withDetail("error", StorageFaults.shortCause(e)).build();
    }
  }

  private boolean isAccepted(boolean replicated) {
    return replicated || properties.acceptUnreplicated();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.commit.unreplicated", this::unreplicatedMeter)
        .description("1 while the loss of the database's machine would lose acknowledged items")
        .baseUnit("databases")
        .register(registry);
  }

  private double unreplicatedMeter() {
    try {
      return isAccepted(replication.commitsWaitForStandby()) ? 0 : 1;
    } catch (IOException e) {
      return Double.NaN;
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
