package dev.rollbook.skips;

import dev.rollbook.model.LogFields;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import jakarta.annotation.PreDestroy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Logs skips. The first skip of a thread for a reason is logged at once, in a WARN line, and
/// begins a quiet period. Further skips of the same thread for the same reason are summed up in one
/// line at the end of this period.
@Component
class SkipLog {
  private static final Logger log = LoggerFactory.getLogger("dev.rollbook.persistence");

  private final ConcurrentMap<Key, QuietPeriod> quiet = new ConcurrentHashMap<>();
  private final Duration period;
  private final Clock clock;

  SkipLog(PersistenceProperties properties, Clock clock) {
    this.period = properties.log().quietPeriod();
    this.clock = clock;
  }

  void log(SkippedWrite skip, Instant now) {
    try (var _ = LogFields.of(skip.thread(), skip.turn())) {
      log.debug("rollout persistence skipped: {}", skip.message(), skip.cause());
      quiet.compute(
          new Key(skip.thread(), skip.reason()), (key, running) -> line(skip, running, now));
    }
  }

  /// A turn marker alone gets no second line, as it adds nothing to the first one.
  private QuietPeriod line(SkippedWrite skip, @Nullable QuietPeriod running, Instant now) {
    if (running != null && now.isBefore(running.until())) {
      return running.more(skip);
    }
    if (running != null) {
      summarize(running);
    }
    log.warn("rollout persistence skipped: {}", skip.message());
    return new QuietPeriod(now.plus(period), skip.message(), 0, false);
  }

  @Scheduled(fixedDelay = 500)
  void endQuietPeriods() {
    endQuietPeriods(clock.instant());
  }

  @PreDestroy
  void endAllQuietPeriods() {
    endQuietPeriods(Instant.MAX);
  }

  private void endQuietPeriods(Instant now) {
    for (var key : quiet.keySet()) {
      try (var _ = LogFields.of(key.thread())) {
        quiet.computeIfPresent(key, (same, running) -> ended(running, now));
      }
    }
  }

  private @Nullable QuietPeriod ended(QuietPeriod running, Instant now) {
    if (now.isBefore(running.until())) {
      return running;
    }
    summarize(running);
    return null;
  }

  private void summarize(QuietPeriod ended) {
    if (ended.itemsOfClients()) {
      log.warn(
          "rollout persistence skipped: {} ({} more in {} s)",
          ended.message(),
          ended.more(),
          period.toSeconds());
    }
  }

  private record Key(ThreadId thread, SkipReason reason) {}

  /// @param more skips since the line
  /// @param itemsOfClients whether any of them was more than a turn marker
  private record QuietPeriod(Instant until, String message, long more, boolean itemsOfClients) {
    QuietPeriod more(SkippedWrite skip) {
      return new QuietPeriod(until, message, more + 1, itemsOfClients || !skip.turnMarker());
    }
  }
}
