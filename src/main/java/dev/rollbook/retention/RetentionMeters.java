package dev.rollbook.retention;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/// Counts what passes did; what they only would do is in their reports.
@Component
class RetentionMeters {
  private final Map<Action, Counter> threads = new EnumMap<>(Action.class);

  RetentionMeters(MeterRegistry registry) {
    for (var action : Action.values()) {
      threads.put(
          action,
          Counter.builder("retention.threads")
              .description("Threads that were archived, deleted or compressed by retention")
              .baseUnit("threads")
              .tag("action", action.wireName())
              .register(registry));
    }
  }

  void count(Action action) {
    Objects.requireNonNull(threads.get(action)).increment();
  }
}
