package dev.rollbook.persistence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/// Counts the skipped items that came into their place after all, by who kept them.
@Component
class RepairMeters {
  private final Map<Repair.By, Counter> items = new EnumMap<>(Repair.By.class);

  RepairMeters(MeterRegistry registry) {
    for (var by : Repair.By.values()) {
      items.put(
          by,
          Counter.builder("rollout.persistence.repaired.items")
              .description("Skipped items that were put into their place later")
              .baseUnit("items")
              .tag("by", by.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  void count(Repair repair) {
    Objects.requireNonNull(items.get(repair.by())).increment((double) repair.items());
  }
}
