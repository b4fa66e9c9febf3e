package dev.rollbook.codex.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.stereotype.Component;

/// Meters of imported files, items and quarantined lines.
@Component
class ImportMeters {
  private final Map<ImportResult.Outcome, Counter> files = new EnumMap<>(ImportResult.Outcome.class);
  private final Counter failed;
  private final Counter deleted;
  private final Counter items;
  private final Counter quarantined;

  ImportMeters(MeterRegistry registry) {
    for (var outcome : ImportResult.Outcome.values()) {
      files.put(outcome, files(registry, outcome.name().toLowerCase(Locale.ROOT)));
    }
    this.failed = files(registry, "failed");
    this.deleted = files(registry, "deleted");
    this.items =
        Counter.builder("import.items")
            .description("Rollout items that were imported")
            .baseUnit("items")
            .register(registry);
    this.quarantined =
        Counter.builder("import.lines.quarantined")
            .description("Lines of imported rollouts that could not be read")
            .baseUnit("lines")
            .register(registry);
  }

  void imported(ImportResult imported) {
    var counter = files.get(imported.outcome());
    if (counter != null) {
      counter.increment();
    }
    items.increment((double) imported.items());
    quarantined.increment((double) imported.quarantined());
  }

  void failed() {
    failed.increment();
  }

  void deleted() {
    deleted.increment();
  }

  private static Counter files(MeterRegistry registry, String outcome) {
    return Counter.builder("import.files")
        .description("Rollout files that were looked at to be imported")
        .baseUnit("files")
        .tag("outcome", outcome)
        .register(registry);
  }
}
