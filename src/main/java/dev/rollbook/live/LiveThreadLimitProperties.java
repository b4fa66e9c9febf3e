package dev.rollbook.live;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of live threads: how long they stay in memory, and how many there may be.
///
/// @param idleTimeout A thread without an append for this time is unloaded from memory. The next
///   append loads the thread again. Allowed: 1s or more.
/// @param maxThreads Maximum number of threads in memory. When this number is reached, the least
///   recently used threads are unloaded, even if a turn is running. Such a turn continues with its
///   next append. Allowed: 16 or more. Default: one per 64 KB of heap.
/// @param idMemory Memory for the ids of items, for all threads together. Ids that do not fit are
///   read again from the rollout. Allowed: 1KB or more. Default: 1/20 of (heap - 38 MB).
@ConfigurationProperties("rollbook.live")
record LiveThreadLimitProperties(
    @DefaultValue("30m") Duration idleTimeout,
    @Nullable Integer maxThreads,
    @Nullable DataSize idMemory) {

  private static final int LEAST_THREADS = 16;

  LiveThreadLimitProperties {
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
