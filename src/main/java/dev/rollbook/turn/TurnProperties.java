package dev.rollbook.turn;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How long turns may stay open.
///
/// @param abandonedAfter a turn that nothing was appended to for this time is interrupted, so that
///   its thread can have another one
@ConfigurationProperties("rollbook.turn")
record TurnProperties(@DefaultValue("24h") Duration abandonedAfter) {
  TurnProperties {
    if (abandonedAfter.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "rollbook.turn.abandoned-after must be at least 1s but is " + abandonedAfter);
    }
  }
}
