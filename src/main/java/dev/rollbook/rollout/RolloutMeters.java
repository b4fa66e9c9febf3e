package dev.rollbook.rollout;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// What rollouts hold of the operating system.
@Component
record RolloutMeters(OpenFiles openFiles) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.files.open", openFiles, OpenFiles::count)
        .description("Rollouts that are open for appends")
        .baseUnit("files")
        .register(registry);
  }
}
