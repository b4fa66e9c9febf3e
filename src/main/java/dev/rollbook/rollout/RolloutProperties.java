package dev.rollbook.rollout;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of rollouts: when written bytes are synced, and the maximum size of an item.
///
/// @param sync When written bytes are fsynced. `every-append`: before the response; concurrent
///   appends to one thread share an fsync. `interval`: all written files, once per
///   `rollbook.rollout.sync-interval`. `never`: Rollbook does not fsync appends; the operating
///   system decides when the bytes reach the disk.
/// @param syncInterval Time between two fsyncs if `rollbook.rollout.sync` is `interval`. Allowed:
///   10ms or more.
/// @param maxItemSize Maximum size of an item. A larger item gets 413. Allowed: 1KB to 512MB.
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
