package dev.rollbook.skips;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of skipped writes: their log lines, their health status, and the memory for a retry.
///
/// @param retryBuffer Memory for items that a full or failing disk did not accept, over all
///   threads; 0 for none. The items are written when the disk accepts them again; items that do not
///   fit into this memory become a gap. Default: 16 MB, at most 1/20 of (heap - 38 MB).
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

  /// @param window Time after a skip for which the health stays `DEGRADED`, at least 1s.
  record Health(@DefaultValue("5m") Duration window) {
    Health {
      requireOneSecond("rollbook.persistence.health.window", window);
    }
  }

  /// @param quietPeriod Time after the log line of a skip, at least 1s. Further skips of the same
  ///   thread for the same reason within this time are summarised in one more line.
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
