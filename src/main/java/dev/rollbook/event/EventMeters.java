package dev.rollbook.event;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// How many follow events, and how many could not keep up.
@Component
record EventMeters(Events events) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("events.subscribers", events, Events::subscribers)
        .description("Subscribers of events, of one thread or of all")
        .baseUnit("subscribers")
        .register(registry);
    FunctionCounter.builder("events.lagged", events, Events::lagged)
        .description("Subscribers that fell too far behind and were closed")
        .baseUnit("subscribers")
        .register(registry);
  }
}
