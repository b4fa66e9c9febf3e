package dev.rollbook.persistence;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/// How much waits in memory for the disk.
@Component
record RetryBufferMeters(RetryBuffer buffer) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.persistence.pending.bytes", buffer, RetryBuffer::taken)
        .description("Skipped items that are kept in memory until the disk takes them")
        .baseUnit("bytes")
        .register(registry);
  }
}
