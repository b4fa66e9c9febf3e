package dev.rollbook.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// No failure ends a background worker, and each is shown.
class WorkerFailuresTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-22T12:45:58Z"));
  private final InstantSource source = now::get;
  private final WorkerFailures workers = new WorkerFailures(source.withZone(ZoneOffset.UTC));

  @Test
  void aFailureIsReportedUntilTheNextSuccess() {
    assertThat(workers.run("one", WorkerFailuresTest::fail)).isFalse();
    assertThat(workers.run("one", WorkerFailuresTest::fail)).isFalse();

    var health = workers.health();
    assertThat(health.getStatus().getCode()).isEqualTo("DEGRADED");
    assertThat(health.getDetails().get("one")).asString().contains("OutOfMemoryError", "count=2");

    assertThat(workers.run("one", () -> {})).isTrue();
    assertThat(workers.health().getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void aScheduledTaskThatFailsIsRunAgain() {
    var runs = new AtomicInteger();
    var scheduler = new ThreadPoolTaskScheduler();
    try {
      scheduler.setErrorHandler(workers);
      scheduler.initialize();
      var task =
          scheduler.scheduleWithFixedDelay(
              () -> {
                runs.incrementAndGet();
                fail();
              },
              Duration.ofMillis(1));

      await().until(() -> runs.get() > 2);
      assertThat(task.isDone()).isFalse();
    } finally {
      scheduler.shutdown();
    }
    assertThat(workers.failures()).containsOnlyKeys("schedule");
  }

  @Test
  void aFailureThatDoesNotRecurIsForgotten() {
    workers.handleError(new IllegalStateException("once"));
    assertThat(workers.failures()).containsOnlyKeys("schedule");

    now.set(now.get().plus(Duration.ofMinutes(6)));

    assertThat(workers.failures()).isEmpty();
  }

  private static void fail() {
    throw new OutOfMemoryError("not really");
  }
}
