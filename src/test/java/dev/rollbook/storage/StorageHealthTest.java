package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.statedb.RealPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;

/// Health says before a failure what the failure would lose.
class StorageHealthTest {
  private final TestDatabase database = TestDatabase.open();
  private TestDatabase.Process process;

  @BeforeEach
  void start() {
    process = database.process("this one");
  }

  @AfterEach
  void stop() {
    process.close();
    database.close();
  }

  @Test
  void aDatabaseWithoutASynchronousStandbyIsDegradedUnlessAccepted() {
    assertThat(health(false).getStatus().getCode()).isEqualTo("DEGRADED");
    assertThat(health(false).getDetails()).containsEntry("synchronousStandby", false);
    assertThat(health(true).getStatus().getCode()).isEqualTo("UP");
    assertThat(meter(false)).isEqualTo(1);
    assertThat(meter(true)).isZero();
  }

  @Test
  void aDatabaseThatIsAwayIsUnknown() {
    RealPostgres.shut(database.name);
    assertThat(health(false).getStatus().getCode()).isEqualTo("UNKNOWN");
    assertThat(meter(false)).isNaN();
    RealPostgres.open(database.name);
  }

  private Health health(boolean accepted) {
    return component(accepted).health();
  }

  private double meter(boolean accepted) {
    var registry = new SimpleMeterRegistry();
    component(accepted).bindTo(registry);
    return registry.get("rollout.commit.unreplicated").gauge().value();
  }

  private StorageHealth component(boolean accepted) {
    return new StorageHealth(
        process.member, database.replication(), new DatabaseStorageProperties(accepted));
  }
}
