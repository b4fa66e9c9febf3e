package dev.rollbook.event;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of event streams: memory for slow subscribers, and the heartbeat.
///
/// @param buffer Number of recent items of each thread that are kept for slow subscribers, in at
///   most 16 MB. A subscriber that lags by more items is disconnected. When the subscriber
///   reconnects, it gets the missing items from the history. Allowed: 16 to 100000.
/// @param bufferMemory Memory for the events that are kept for slow subscribers, for all threads
///   together. When this memory is used up, subscribers of the threads that use most of it are
///   disconnected first. Allowed: 1KB or more. Default: 1/20 of (heap - 38 MB).
/// @param heartbeat An event stream without an event for this time gets a comment line. Allowed: 1s
///   or more.
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
