package dev.rollbook.live;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How long threads stay live.
///
/// @param idleTimeout after this time without an append a live thread is unloaded; the next append
///   loads it again
@ConfigurationProperties("rollbook.live")
record LiveProperties(@DefaultValue("30m") Duration idleTimeout) {
  LiveProperties {
    if (idleTimeout.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "rollbook.live.idle-timeout must be at least 1s but is " + idleTimeout);
    }
  }
}
