package dev.rollbook.persistence;

import dev.rollbook.model.SkipReason;
import dev.rollbook.model.Timestamps;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Degraded while history is being skipped. Never down: the turns go on.
@Component("rolloutPersistence")
class PersistenceHealth implements HealthIndicator {
  static final Status DEGRADED = new Status("DEGRADED");

  private final SkipWindow window;
  private final Gaps gaps;
  private final RetryBuffer retryBuffer;

  PersistenceHealth(SkipWindow window, Gaps gaps, RetryBuffer retryBuffer) {
    this.window = window;
    this.gaps = gaps;
    this.retryBuffer = retryBuffer;
  }

  @Override
  public Health health() {
    return window
        .trouble()
        .map(this::degraded)
        .orElseGet(() -> Health.up().withDetail("openGaps", gaps.count()).build());
  }

  private Health degraded(SkipWindow.Trouble trouble) {
    var last = trouble.lastSkip();
    return Health.status(DEGRADED)
        .withDetail("since", Timestamps.format(trouble.since()))
        .withDetail(
            "lastSkip",
            Map.of(
                "at", Timestamps.format(last.at()),
                "reason", last.reason().wireName(),
                "message", last.message()))
        .withDetail("window", window.length().toString())
        .withDetail("skippedInWindow", byWireName(trouble.byReason()))
        .withDetail("affectedThreads", trouble.affectedThreads())
        .withDetail("openGaps", gaps.count())
        .withDetail("pendingBytes", retryBuffer.taken())
        .withDetail(
            "impact", "turns go on; the skipped items are not in the history of their threads")
        .withDetail("remedy", remedy(last.reason()))
        .build();
  }

  private static Map<String, Long> byWireName(Map<SkipReason, Long> counts) {
    var named = new LinkedHashMap<String, Long>();
    counts.forEach((reason, count) -> named.put(reason.wireName(), count));
    return named;
  }

  private static String remedy(SkipReason reason) {
    return switch (reason) {
      case RECORDER_REMOVED -> "resume the thread, or start a new turn on it";
      case ROLLOUT_MISSING -> "put the rollout back at its path, or start a fresh thread";
      case THREAD_NOT_FOUND -> "nothing to do: the thread was deleted while its turn ran";
      case WRITER_SHUTTING_DOWN -> "nothing to do: the service was stopping";
      case STORAGE_FULL -> "free space on the file system of the data-dir, or raise its quota";
      case STORAGE_FAILED ->
          "look at the disk of the data-dir; DEBUG on dev.rollbook.persistence logs the whole cause";
    };
  }
}
