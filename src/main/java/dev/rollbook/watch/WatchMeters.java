package dev.rollbook.watch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/// How far the watch is behind what it follows.
@Component
@ConditionalOnProperty("rollbook.watch.codex-home")
class WatchMeters {
  WatchMeters(MeterRegistry registry, CodexWatch watch) {
    Gauge.builder("watch.threads", () -> watch.report().threads())
        .description("Threads of the followed CODEX_HOME")
        .baseUnit("threads")
        .register(registry);
    Gauge.builder("watch.files.behind", () -> watch.report().behind())
        .description("Files of the followed CODEX_HOME with something that was not taken yet")
        .baseUnit("files")
        .register(registry);
  }
}
