package dev.rollbook.persistence;

import dev.rollbook.model.SkipReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/// Counts skips by reason; every reason is there from the start, so that a rate can be taken.
@Component
class SkipMeters {
  private final Map<SkipReason, Counter> appends = new EnumMap<>(SkipReason.class);
  private final Map<SkipReason, Counter> items = new EnumMap<>(SkipReason.class);
  private final AtomicLong lastSkip = new AtomicLong();

  SkipMeters(MeterRegistry registry) {
    for (var reason : SkipReason.values()) {
      appends.put(
          reason,
          counter(reason, "rollout.persistence.skipped", "appends")
              .description("Writes of history that were skipped")
              .register(registry));
      items.put(
          reason,
          counter(reason, "rollout.persistence.skipped.items", "items")
              .description("Items of history that were skipped")
              .register(registry));
    }
    TimeGauge.builder("rollout.persistence.last.skip", lastSkip, TimeUnit.SECONDS, AtomicLong::get)
        .description(
            "When a write of history was last skipped, as seconds of the epoch; 0 for never")
        .register(registry);
  }

  void count(Skip skip, Instant now) {
    of(appends, skip.reason()).increment();
    of(items, skip.reason()).increment((double) skip.items());
    lastSkip.set(now.getEpochSecond());
  }

  private static Counter of(Map<SkipReason, Counter> counters, SkipReason reason) {
    return Objects.requireNonNull(counters.get(reason));
  }

  private static Counter.Builder counter(SkipReason reason, String name, String unit) {
    return Counter.builder(name).baseUnit(unit).tag("reason", reason.wireName());
  }
}
