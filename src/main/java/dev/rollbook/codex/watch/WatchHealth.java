package dev.rollbook.codex.watch;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health of the watch: degraded while a file of the watched `CODEX_HOME` cannot be imported. The
/// health is never down, because nothing else depends on the watch.
@Component("codexHome")
@ConditionalOnProperty("rollbook.watch.codex-home")
record WatchHealth(CodexWatch watch) implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");
  private static final int MAX_PROBLEMS = 10;

  @Override
  public Health health() {
    var report = watch.report();
    boolean whole = report.unreadable() == null && report.problems().isEmpty();
    var health = whole ? Health.up() : Health.status(DEGRADED);
    health
        .withDetail("codexHome", watch.path().toString())
        .withDetail("threads", report.threads())
        .withDetail("filesBehind", report.behind());
    if (report.unreadable() != null) {
      health.withDetail("unreadable", report.unreadable());
    }
    if (!report.problems().isEmpty()) {
      health.withDetail(
          "problems",
          report.problems().entrySet().stream().limit(MAX_PROBLEMS).toList().toString());
    }
    return health.build();
  }
}
