package dev.rollbook.skips;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of skipped writes: their log lines, their health status, and the memory for a retry.
///
/// @param retryBuffer Memory for items that a full or failing disk did not accept, for all threads
///   together; 0 for none. These items are written when the disk accepts them again. Items that do
///   not fit into this memory become a gap. Default: 16 MB, at most 1/20 of (heap - 38 MB).
@ConfigurationProperties("rollbook.persistence")
record PersistenceProperties(
    @DefaultValue Health health, @DefaultValue Log log, @Nullable DataSize retryBuffer) {

  PersistenceProperties {
    if (retryBuffer != null && retryBuffer.isNegative()) {
      throw new IllegalArgumentException(
          "rollbook.persistence.retry-buffer must not be negative but is " + retryBuffer);
    }
  }

  long retryBufferBytes() {
    return retryBuffer == null ? HeapShare.RETRIES.bytes() : retryBuffer.toBytes();
  }

  /// @param window How long the health stays `DEGRADED` after the last skip. Allowed: 1s or more.
  record Health(@DefaultValue("5m") Duration window) {
    Health {
      requireOneSecond("rollbook.persistence.health.window", window);
    }
  }

  /// @param quietPeriod After a skip is logged, further skips of the same thread for the same
  ///   reason are not logged for this time. One more line then summarises them. Allowed: 1s or
  ///   more.
  record Log(@DefaultValue("10s") Duration quietPeriod) {
    Log {
      requireOneSecond("rollbook.persistence.log.quiet-period", quietPeriod);
    }
  }

  private static void requireOneSecond(String key, Duration value) {
    if (value.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(key + " must be at least 1s but is " + value);
    }
  }
}
