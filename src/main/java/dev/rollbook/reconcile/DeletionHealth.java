package dev.rollbook.reconcile;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health of deletions: degraded while files or rows of a deleted thread cannot be removed. The
/// health is never down, because deleted threads are invisible even if their files remain.
@Component("deletions")
record DeletionHealth(ThreadDeletion deletion) implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");
  private static final int MAX_NAMED = 10;

  @Override
  public Health health() {
    var unfinished = deletion.unfinished();
    var trouble = deletion.trouble();
    if (unfinished.isEmpty() && trouble == null) {
      return Health.up().build();
    }
    var health = Health.status(DEGRADED).withDetail("unfinished", unfinished.size());
    if (!unfinished.isEmpty()) {
      health.withDetail(
          "rollouts",
          unfinished.entrySet().stream()
              .limit(MAX_NAMED)
              .map(left -> left.getKey().name() + ": " + left.getValue())
              .toList());
    }
    if (trouble != null) {
      health.withDetail("tombstones", "deleted.jsonl cannot be written: " + trouble);
    }
    return health.build();
  }
}
