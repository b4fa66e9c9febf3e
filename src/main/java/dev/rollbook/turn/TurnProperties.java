package dev.rollbook.turn;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of turns: how long a turn may stay open.
///
/// @param abandonedAfter A turn without an append for this time, by the clock of the service,
///   becomes `interrupted`, so that its thread can start another turn. If Codex left the turn open,
///   the change is made only in the state-db. Allowed: 1s or more.
@ConfigurationProperties("rollbook.turn")
record TurnProperties(@DefaultValue("24h") Duration abandonedAfter) {
  TurnProperties {
    if (abandonedAfter.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "rollbook.turn.abandoned-after must be at least 1s but is " + abandonedAfter);
    }
  }
}
