package dev.rollbook.reconcile;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/// Counts what comparisons of rollouts and rows found.
@Component
class ReconcileMeters {
  private final Map<Finding, Counter> threads = new EnumMap<>(Finding.class);

  ReconcileMeters(MeterRegistry registry) {
    for (var finding : Finding.values()) {
      threads.put(
          finding,
          Counter.builder("reconcile.threads")
              .description("Threads whose rollout was compared with its row")
              .baseUnit("threads")
              .tag("result", finding.meterName())
              .register(registry));
    }
  }

  /// @param ended of a comparison
  void count(Progress ended) {
    threads.forEach((finding, counter) -> counter.increment((double) ended.of(finding)));
  }
}
