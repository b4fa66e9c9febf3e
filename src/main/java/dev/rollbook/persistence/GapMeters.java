package dev.rollbook.persistence;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// How much history is lacking and could be repaired.
@Component
record GapMeters(Gaps gaps) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.gaps.open", gaps, Gaps::count)
        .description("Gaps in histories that have not been repaired")
        .baseUnit("gaps")
        .register(registry);
  }
}
