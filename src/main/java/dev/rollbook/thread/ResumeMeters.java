package dev.rollbook.thread;

import dev.rollbook.model.ResumeFailure;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Counts resumes by how they ended; every reason is there from the start.
@Component
class ResumeMeters {
  private final Counter resumed;
  private final Map<ResumeFailure, Counter> failed = new EnumMap<>(ResumeFailure.class);

  ResumeMeters(MeterRegistry registry) {
    resumed = counter("resumed", "none", registry);
    for (var reason : ResumeFailure.values()) {
      failed.put(reason, counter("failed", reason.wireName(), registry));
    }
  }

  void count(Optional<ResumeFailure> failure) {
    failure.map(failed::get).orElse(resumed).increment();
  }

  private static Counter counter(String outcome, String reason, MeterRegistry registry) {
    return Counter.builder("threads.resumed")
        .description("Resumes that were asked for")
        .baseUnit("threads")
        .tag("outcome", outcome)
        .tag("reason", reason)
        .register(registry);
  }
}
