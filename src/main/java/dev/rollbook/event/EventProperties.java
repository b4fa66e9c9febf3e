package dev.rollbook.event;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How events are kept and delivered.
///
/// @param buffer how many items of a thread are kept for the subscribers that are behind; who falls
///   further behind is told and closed, and reads the rest from the history when it comes back
/// @param bufferMemory what is kept for those who are behind, over all threads; where it is more,
///   the subscribers of the threads that have most fall behind first. A twentieth of the heap less
///   38 MB where nothing is said
/// @param heartbeat after this time without an event a comment line is sent
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
