package dev.rollbook.live;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// What is in memory.
@Component
record LiveMeters(LiveThreads threads) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("threads.live", threads, live -> live.all().size())
        .description("Threads that are held in memory")
        .baseUnit("threads")
        .register(registry);
    Gauge.builder("turns.active", threads, LiveMeters::activeTurns)
        .description("Turns in progress of threads that are held in memory")
        .baseUnit("turns")
        .register(registry);
  }

  private static long activeTurns(LiveThreads live) {
    return live.all().stream()
        .flatMap(thread -> thread.seen().stream())
        .filter(LiveSnapshot::hasTurn)
        .count();
  }
}
