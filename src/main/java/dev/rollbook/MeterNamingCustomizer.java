package dev.rollbook;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.micrometer.metrics.autoconfigure.MeterRegistryCustomizer;
import org.springframework.stereotype.Component;

/// Leaves the base unit, such as `items`, out of the Prometheus names of Rollbook's meters, because
/// the name already says what is counted. Otherwise `rollout_items_persisted_total` would be
/// `rollout_items_persisted_items_total`.
@Component
class MeterNamingCustomizer implements MeterRegistryCustomizer<PrometheusMeterRegistry> {
  @Override
  public void customize(PrometheusMeterRegistry registry) {
    registry.config().namingConvention(new WithoutCountedUnits());
  }

  /// Keeps `seconds`, which Prometheus expects in the name.
  private static final class WithoutCountedUnits extends PrometheusNamingConvention {
    private static final Set<String> PREFIXES =
        Set.of(
            "audit.",
            "cluster.",
            "redaction.",
            "rollout.",
            "threads.",
            "turns.",
            "events.",
            "import.",
            "watch.",
            "search.",
            "reconcile.",
            "retention.",
            "http.refused",
            "http.body.");

    @Override
    public String name(String name, Meter.Type type, @Nullable String baseUnit) {
      boolean ours = PREFIXES.stream().anyMatch(name::startsWith);
      return super.name(name, type, ours && !"seconds".equals(baseUnit) ? null : baseUnit);
    }
  }
}
