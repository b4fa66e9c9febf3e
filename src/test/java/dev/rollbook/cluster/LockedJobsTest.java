package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.cluster.ClusterJobs.Peer;
import dev.rollbook.storage.TestDatabase;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One replica at a time runs a job.
class LockedJobsTest {
  private static final String JOB = "job";
  private static final Duration HOUR = Duration.ofHours(1);

  private final TestDatabase database = TestDatabase.open();
  private final LockedJobs first = LockedJobs.of(database.jobs(), UUID.randomUUID());
  private final LockedJobs second = LockedJobs.of(database.jobs(), UUID.randomUUID());
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void close() {
    first.close();
    second.close();
    database.close();
  }

  @Test
  void aJobIsNotRunWhileAnotherReplicaRunsIt() {
    assertThat(first.tryRun(JOB, Duration.ZERO, this::isRefusedElsewhere)).isTrue();

    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 1));
    assertThat(second.tryRun(JOB, Duration.ZERO, this::run)).isTrue();
    assertThat(runs).hasValue(1);
  }

  private boolean isRefusedElsewhere() {
    assertThat(second.tryRun(JOB, Duration.ZERO, this::run)).isFalse();
    assertThat(second.tryRun("another job", Duration.ZERO, () -> true)).isTrue();
    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(true, 0));
    return true;
  }

  @Test
  void aJobThatHasEndedIsNotDueAtAnyReplicaUntilItsIntervalIsOver() {
    assertThat(first.tryRun(JOB, HOUR, this::run)).isTrue();

    assertThat(first.tryRun(JOB, HOUR, this::run)).isFalse();
    assertThat(second.tryRun(JOB, HOUR, this::run)).isFalse();
    database.execute("UPDATE job SET ended_at = ended_at - interval '1 hour'");
    assertThat(second.tryRun(JOB, HOUR, this::run)).isTrue();
    assertThat(runs).hasValue(2);
  }

  @Test
  void aJobThatHasFailedIsDueAtOnce() {
    assertThat(first.tryRun(JOB, HOUR, () -> false)).isTrue();
    assertThatThrownBy(() -> first.tryRun(JOB, HOUR, this::fail))
        .isInstanceOf(IllegalStateException.class);

    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 0));
    assertThat(second.tryRun(JOB, HOUR, this::run)).isTrue();
  }

  private boolean fail() {
    throw new IllegalStateException("test");
  }

  /// As if its replica was killed, and half a minute has passed by the clock of the database.
  @Test
  void aJobWhoseLockHasExpiredIsRunElsewhereAndItsLateEndDoesNotCount() {
    first.tryRun(
        JOB,
        HOUR,
        () -> {
          database.execute("UPDATE job SET lock_until = lock_until - interval '30 seconds'");
          assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 0));
          return second.tryRun(JOB, HOUR, this::run);
        });

    assertThat(runs).hasValue(1);
    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 1));
  }

  @Test
  void aJobThatAnotherReplicaHasEndedJustBeforeTheLockIsNotRunAgain() {
    var locks = database.jobs().provider("third");
    try (var third =
        new LockedJobs(
            database.jobs(),
            UUID.randomUUID(),
            job -> {
              assertThat(second.tryRun(JOB, HOUR, this::run)).isTrue();
              return locks.lock(job);
            },
            () -> {})) {
      assertThat(third.tryRun(JOB, HOUR, this::run)).isFalse();
    }

    assertThat(runs).hasValue(1);
    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 1));
  }

  @Test
  void aJobIsRunAgainAfterTheDatabaseHasLostItsRow() {
    first.tryRun(JOB, Duration.ZERO, this::run);
    database.execute("DELETE FROM job");

    assertThat(first.tryRun(JOB, Duration.ZERO, this::run)).isTrue();

    assertThat(runs).hasValue(2);
    assertThat(second.peerRun(JOB)).isEqualTo(new Peer(false, 1));
  }

  /// As one whose extension was refused, because it had expired.
  @Test
  void aJobWhoseLockIsNotValidAtTheEndHasBeenRun() {
    SimpleLock invalid =
        () -> {
          throw new IllegalStateException("not valid");
        };
    try (var third =
        new LockedJobs(database.jobs(), UUID.randomUUID(), job -> Optional.of(invalid), () -> {})) {
      assertThat(third.tryRun(JOB, Duration.ZERO, this::run)).isTrue();
    }

    assertThat(runs).hasValue(1);
  }

  private boolean run() {
    runs.incrementAndGet();
    return true;
  }
}
