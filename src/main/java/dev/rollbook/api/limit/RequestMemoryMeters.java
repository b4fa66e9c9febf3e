package dev.rollbook.api.limit;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// How much of the memory for bodies and pages is in use.
@Component
record RequestMemoryMeters(RequestMemory memory) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("http.body.memory", memory, RequestMemory::used)
        .description("Memory that bodies and pages of requests take right now")
        .baseUnit("bytes")
        .register(registry);
  }
}
