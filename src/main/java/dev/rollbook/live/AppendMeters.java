package dev.rollbook.live;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import org.springframework.stereotype.Component;

/// Meters of appends: their time by outcome, their items and their bytes.
@Component
class AppendMeters {
  /// Below the first default bucket of a histogram, as most appends are faster than that.
  private static final Duration MIN_EXPECTED = Duration.ofNanos(10_000);

  private final Timer persisted;
  private final Timer skipped;
  private final Counter items;
  private final Counter bytes;

  AppendMeters(MeterRegistry registry) {
    persisted = timer("persisted", registry);
    skipped = timer("skipped", registry);
    items =
        Counter.builder("rollout.items.persisted")
            .description("Items written to rollouts")
            .baseUnit("items")
            .register(registry);
    bytes =
        Counter.builder("rollout.bytes.written")
            .description("Bytes written to rollouts")
            .baseUnit("bytes")
            .register(registry);
  }

  Timer.Sample start() {
    return Timer.start();
  }

  void persisted(Timer.Sample sample, int itemCount, long byteCount) {
    sample.stop(persisted);
    persistedLate(itemCount, byteCount);
  }

  /// Counts items that were skipped first and are persisted now.
  void persistedLate(int itemCount, long byteCount) {
    items.increment(itemCount);
    bytes.increment((double) byteCount);
  }

  void skipped(Timer.Sample sample) {
    sample.stop(skipped);
  }

  private static Timer timer(String outcome, MeterRegistry registry) {
    return Timer.builder("rollout.append")
        .description("Time of an append from the assignment of its ordinals to its outcome")
        .tag("outcome", outcome)
        .publishPercentileHistogram()
        .minimumExpectedValue(MIN_EXPECTED)
        .register(registry);
  }
}
