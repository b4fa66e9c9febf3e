package dev.rollbook.rollout;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How rollouts are written.
///
/// @param sync when an append counts as persisted: `every-append` forces it to disk before the
///   answer, `interval` forces all written files once an interval, `never` leaves it to the system
/// @param syncInterval time between two passes of `interval`
/// @param maxItemSize the largest item that is taken; a larger one gets 413
@ConfigurationProperties("rollbook.rollout")
public record RolloutProperties(
    @DefaultValue("interval") SyncPolicy sync,
    @DefaultValue("1s") Duration syncInterval,
    @DefaultValue("8MB") DataSize maxItemSize) {

  public RolloutProperties {
    if (maxItemSize.toBytes() < 1024 || maxItemSize.toMegabytes() > 512) {
      throw new IllegalArgumentException(
          "rollbook.rollout.max-item-size must be from 1KB to 512MB but is " + maxItemSize);
    }
    if (syncInterval.toMillis() < 10) {
      throw new IllegalArgumentException(
          "rollbook.rollout.sync-interval must be at least 10ms but is " + syncInterval);
    }
  }
}
