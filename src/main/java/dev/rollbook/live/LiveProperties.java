package dev.rollbook.live;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How long threads stay live, and how many.
///
/// @param idleTimeout after this time without an append a live thread is unloaded; the next append
///   loads it again
/// @param maxThreads live threads at a time; those not used for longest are unloaded. One for each
///   64 KB of the heap where nothing is said
/// @param idMemory memory for the ids of items, by which repeated ones are known, over all threads;
///   what does not fit is read again from the rollout. A twentieth of the heap less 38 MB where
///   nothing is said
@ConfigurationProperties("rollbook.live")
record LiveProperties(
    @DefaultValue("30m") Duration idleTimeout,
    @Nullable Integer maxThreads,
    @Nullable DataSize idMemory) {

  private static final int LEAST_THREADS = 16;

  LiveProperties {
    if (idleTimeout.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "rollbook.live.idle-timeout must be at least 1s but is " + idleTimeout);
    }
    if (maxThreads != null && maxThreads < LEAST_THREADS) {
      throw new IllegalArgumentException(
          "rollbook.live.max-threads must be at least %d but is %d"
              .formatted(LEAST_THREADS, maxThreads));
    }
    if (idMemory != null && idMemory.toKilobytes() < 1) {
      throw new IllegalArgumentException(
          "rollbook.live.id-memory must be at least 1KB but is " + idMemory);
    }
  }

  int threads() {
    return maxThreads == null ? HeapShare.threads(HeapShare.heap()) : maxThreads;
  }

  long idMemoryBytes() {
    return idMemory == null ? HeapShare.ITEM_IDS.bytes() : idMemory.toBytes();
  }
}
