package dev.rollbook.codex.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/// Meters of imported files, items and quarantined lines.
@Component
class ImportMeters {
  private final Map<String, Counter> files = new HashMap<>();
  private final Counter items;
  private final Counter quarantined;

  ImportMeters(MeterRegistry registry) {
    for (var outcome : List.of("created", "extended", "unchanged", "failed", "deleted")) {
      files.put(
          outcome,
          Counter.builder("import.files")
              .description("Rollout files that imports processed")
              .baseUnit("files")
              .tag("outcome", outcome)
              .register(registry));
    }
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

  void imported(ImportResult result) {
    countFile(result.outcome().name().toLowerCase(Locale.ROOT));
    items.increment((double) result.items());
    quarantined.increment((double) result.quarantined());
  }

  void failed() {
    countFile("failed");
  }

  void deleted() {
    countFile("deleted");
  }

  private void countFile(String outcome) {
    Objects.requireNonNull(files.get(outcome)).increment();
  }
}
