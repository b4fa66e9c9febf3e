package dev.rollbook.skips;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.RolloutStorageStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health of the rollouts. It is degraded for some time after a skipped write, and after a storage
/// fault until a write succeeds. The health is never down, because turns continue.
///
/// Skips are counted in the slices of a sliding window, so that the memory does not depend on the
/// number of skips.
@Component("rolloutPersistence")
class PersistenceHealth implements HealthIndicator, RolloutStorageStatus {
  private static final Status DEGRADED = new Status("DEGRADED");
  private static final int SLICES = 60;
  private static final int MAX_THREADS_PER_SLICE = 10_000;

  private final Gaps gaps;
  private final RetryMemoryLimit retryBuffer;
  private final Duration window;
  private final Clock clock;

  @GuardedBy("this")
  private final Deque<Slice> slices = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Instant degradedSince;

  @GuardedBy("this")
  private @Nullable Instant lastSkipAt;

  @GuardedBy("this")
  private @Nullable SkippedWrite lastSkip;

  private volatile boolean storageBroken;

  PersistenceHealth(
      Gaps gaps, RetryMemoryLimit retryBuffer, PersistenceProperties properties, Clock clock) {
    this.gaps = gaps;
    this.retryBuffer = retryBuffer;
    this.window = properties.health().window();
    this.clock = clock;
  }

  synchronized void skipped(SkippedWrite skip, Instant now) {
    expire(now);
    if (degradedSince == null) {
      degradedSince = now;
    }
    lastSkipAt = now;
    lastSkip = skip;
    storageBroken = storageBroken || skip.reason().isStorageFault();
    var last = slices.peekLast();
    if (last == null || !now.isBefore(last.start.plus(window.dividedBy(SLICES)))) {
      last = new Slice(now);
      slices.addLast(last);
    }
    last.add(skip, clock.instant());
  }

  void persisted() {
    if (storageBroken) {
      storageBroken = false;
    }
  }

  @Override
  public boolean isBroken() {
    return storageBroken;
  }

  @Override
  public Health health() {
    var degraded = skipDetails();
    var health = degraded.isEmpty() ? Health.up() : Health.status(DEGRADED).withDetails(degraded);
    health.withDetail("openGaps", gaps.count());
    if (!degraded.isEmpty()) {
      health.withDetail("pendingBytes", retryBuffer.taken());
    }
    return health.build();
  }

  /// Empty while nothing is wrong. `affectedThreads` counts up to ten thousand in each slice.
  private synchronized Map<String, Object> skipDetails() {
    expire(clock.instant());
    if (degradedSince == null || lastSkip == null || lastSkipAt == null) {
      return Map.of();
    }
    var byReason = new EnumMap<SkipReason, Long>(SkipReason.class);
    var threads = new HashSet<ThreadId>();
    for (var slice : slices) {
      slice.byReason.forEach((reason, count) -> byReason.merge(reason, count, Long::sum));
      threads.addAll(slice.threads);
    }
    var skipped = new LinkedHashMap<String, Long>();
    byReason.forEach((reason, count) -> skipped.put(reason.wireName(), count));
    var details = new LinkedHashMap<String, Object>();
    details.put("since", Timestamps.format(degradedSince));
    details.put(
        "lastSkip",
        Map.of(
            "at", Timestamps.format(lastSkipAt),
            "reason", lastSkip.reason().wireName(),
            "message", lastSkip.message()));
    details.put("window", window.toString());
    details.put("skippedInWindow", skipped);
    details.put("affectedThreads", threads.size());
    details.put("impact", "turns go on; the skipped items are not in the history of their threads");
    details.put("remedy", remedy(lastSkip.reason()));
    return details;
  }

  @GuardedBy("this")
  private void expire(Instant now) {
    var start = now.minus(window);
    while (!slices.isEmpty() && slices.getFirst().last.isBefore(start)) {
      slices.removeFirst();
    }
    if (slices.isEmpty() && !storageBroken) {
      degradedSince = null;
    }
  }

  private static String remedy(SkipReason reason) {
    return switch (reason) {
      case RECORDER_REMOVED -> "resume the thread, or start a new turn on it";
      case ROLLOUT_MISSING -> "put the rollout back at its path, or start a fresh thread";
      case THREAD_NOT_FOUND -> "nothing to do: the thread was deleted while its turn ran";
      case WRITER_SHUTTING_DOWN -> "nothing to do: the service was stopping";
      case STORAGE_FULL ->
          "free space on the file system of the data-dir or of the database, or raise its quota";
      case STORAGE_FAILED ->
          "look at the disk of the data-dir, or at the database with rollbook.storage=database; DEBUG on dev.rollbook.persistence logs the whole cause";
    };
  }

  private static final class Slice {
    final Instant start;
    final Map<SkipReason, Long> byReason = new EnumMap<>(SkipReason.class);
    final Set<ThreadId> threads = new HashSet<>();
    Instant last;

    Slice(Instant start) {
      this.start = start;
      this.last = start;
    }

    void add(SkippedWrite skip, Instant now) {
      last = now;
      byReason.merge(skip.reason(), 1L, Long::sum);
      if (threads.size() < MAX_THREADS_PER_SLICE) {
        threads.add(skip.thread());
      }
    }
  }
}
