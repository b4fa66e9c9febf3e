package dev.rollbook.codex.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;

/// Meters of imported files, items and quarantined lines.
@Component
class ImportMeters {
  private final MeterProvider<Counter> files;
  private final Counter items;
  private final Counter quarantined;

  ImportMeters(MeterRegistry registry) {
    this.files =
        Counter.builder("import.files")
            .description("Rollout files that imports processed")
            .baseUnit("files")
            .withRegistry(registry);
    // Registered at once, so that rates can be computed from the start.
    for (var outcome : List.of("created", "extended", "unchanged", "failed", "deleted")) {
      countFiles(outcome, 0);
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
    countFiles(result.outcome().name().toLowerCase(Locale.ROOT), 1);
    items.increment((double) result.items());
    quarantined.increment((double) result.quarantined());
  }

  void failed() {
    countFiles("failed", 1);
  }

  void deleted() {
    countFiles("deleted", 1);
  }

  private void countFiles(String outcome, int count) {
    files.withTag("outcome", outcome).increment(count);
  }
}
