package dev.rollbook.persistence;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How skipped writes are told.
@ConfigurationProperties("rollbook.persistence")
record PersistenceProperties(@DefaultValue Health health, @DefaultValue Log log) {

  /// @param window how long a skip keeps the health component degraded
  record Health(@DefaultValue("5m") Duration window) {
    Health {
      requireOneSecond("rollbook.persistence.health.window", window);
    }
  }

  /// @param quietPeriod how long the same thread and reason get no second line
  record Log(@DefaultValue("10s") Duration quietPeriod) {
    Log {
      requireOneSecond("rollbook.persistence.log.quiet-period", quietPeriod);
    }
  }

  private static void requireOneSecond(String key, Duration value) {
    if (value.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(key + " must be at least 1s but is " + value);
    }
  }
}
