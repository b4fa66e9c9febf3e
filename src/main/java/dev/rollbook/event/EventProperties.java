package dev.rollbook.event;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of event streams: memory for slow subscribers, and the heartbeat.
///
/// @param buffer Number of items of a thread that are kept for slow subscribers, from 16 to 100000,
///   in at most 16 MB. A subscriber that lags by more items is disconnected. When the subscriber
///   reconnects, it reads the missing items from the history.
/// @param bufferMemory Memory for the events kept for slow subscribers, over all threads, at least
///   1KB. When this memory is used up, subscribers of the threads that use most of it are
///   disconnected first. Default: 1/20 of (heap - 38 MB).
/// @param heartbeat An event stream without an event for this time (at least 1s) gets a comment
///   line.
@ConfigurationProperties("rollbook.events")
record EventProperties(
    @DefaultValue("1024") int buffer,
    @Nullable DataSize bufferMemory,
    @DefaultValue("15s") Duration heartbeat) {

  private static final int LEAST = 16;
  private static final int MOST = 100_000;

  EventProperties {
    if (buffer < LEAST || buffer > MOST) {
      throw new IllegalArgumentException(
          "rollbook.events.buffer must be from %d to %d but is %d".formatted(LEAST, MOST, buffer));
    }
    if (bufferMemory != null && bufferMemory.toKilobytes() < 1) {
      throw new IllegalArgumentException(
          "rollbook.events.buffer-memory must be at least 1KB but is " + bufferMemory);
    }
    if (heartbeat.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "rollbook.events.heartbeat must be at least 1s but is " + heartbeat);
    }
  }

  long bufferMemoryBytes() {
    return bufferMemory == null ? HeapShare.EVENTS.bytes() : bufferMemory.toBytes();
  }
}
