package dev.rollbook.search;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.springframework.stereotype.Component;

/// What can be found, how far that is behind, and how long it takes.
@Component
class SearchMeters {
  private final Timer queries;

  SearchMeters(MeterRegistry registry, SearchIndex index, Indexer indexer) {
    queries =
        Timer.builder("search.queries")
            .description("Time that a search took")
            .publishPercentileHistogram()
            .register(registry);
    Gauge.builder("search.index.documents", index, SearchIndex::documents)
        .description("Items that can be found")
        .baseUnit("documents")
        .register(registry);
    Gauge.builder("search.index.behind", indexer, SearchMeters::behind)
        .description("Threads that have something that cannot be found yet, if known")
        .baseUnit("threads")
        .register(registry);
  }

  private static double behind(Indexer indexer) {
    var behind = indexer.behind();
    return behind == null ? Double.NaN : behind;
  }

  Timer queries() {
    return queries;
  }
}
