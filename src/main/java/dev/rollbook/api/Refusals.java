package dev.rollbook.api;

import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/// Counts what was refused because the service is at a limit, every reason at 0 from the start.
@Component
class Refusals {
  /// Seconds after which a client may try again.
  static final String RETRY_AFTER = "1";

  private final Map<Limit, Counter> counters = new EnumMap<>(Limit.class);

  Refusals(MeterRegistry registry) {
    for (var limit : Limit.values()) {
      counters.put(
          limit,
          Counter.builder("http.refused")
              .description("Requests that were refused as a limit was reached")
              .baseUnit("requests")
              .tag("reason", limit.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  void count(Limit limit) {
    Objects.requireNonNull(counters.get(limit)).increment();
  }
}
