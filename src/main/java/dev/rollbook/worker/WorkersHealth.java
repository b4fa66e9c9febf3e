package dev.rollbook.worker;

import dev.rollbook.model.Timestamps;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Degraded while the last step of a background worker has failed. Never down: all else goes on.
@Component("backgroundWorkers")
class WorkersHealth implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  private final Workers workers;

  WorkersHealth(Workers workers) {
    this.workers = workers;
  }

  @Override
  public Health health() {
    var failures = workers.failures();
    var health = failures.isEmpty() ? Health.up() : Health.status(DEGRADED);
    failures.forEach((worker, failure) -> health.withDetail(worker, details(failure)));
    return health.build();
  }

  private static Map<String, Object> details(Workers.Failure failure) {
    return Map.of(
        "failure", failure.message(),
        "since", Timestamps.format(failure.since()),
        "last", Timestamps.format(failure.last()),
        "count", failure.count());
  }
}
