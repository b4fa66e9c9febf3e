package dev.rollbook.audit;

import dev.rollbook.model.Timestamps;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health component of the audit: degraded while it cannot be written. Never down, because turns go
/// on.
@Component("audit")
record AuditHealth(AuditLog audit) implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    return audit
        .trouble()
        .map(trouble ->
            Health.status(DEGRADED)
                .withDetail("since", Timestamps.format(trouble.since()))
                .withDetail("error", trouble.cause())
                .withDetail("lostEntries", trouble.lost())
                .withDetail("effect", "deletions, exports and changes by operators are refused")
                .withDetail("remedy", "look at the file system of the data-dir"))
        .orElseGet(Health::up)
        .withDetail("enabled", audit.isEnabled())
        .build();
  }
}
