package dev.rollbook.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Bounds of requests.
///
/// @param maxBodySize the largest JSON body, which is held in memory as a whole; a larger one gets
///   413
/// @param bodyMemory what bodies and pages of all requests together may take of the heap; a third
///   of it where nothing is said
/// @param maxRequests requests that are handled at a time, streams of events and uploads among
///   them; one for each 256 KB of the heap, at most 10000, where nothing is said
/// @param uploadTimeout how long the sender of an upload may be silent before it gets 408
@ConfigurationProperties("rollbook.http")
record HttpProperties(
    @DefaultValue("32MB") DataSize maxBodySize,
    @Nullable DataSize bodyMemory,
    @Nullable Integer maxRequests,
    @DefaultValue("1h") Duration uploadTimeout) {

  private static final int HEAP_A_REQUEST = 256 * 1024;
  private static final int MOST_REQUESTS = 10_000;

  HttpProperties {
    if (maxBodySize.toBytes() < 1024 || maxBodySize.toMegabytes() > 1024) {
      throw new IllegalArgumentException(
          "rollbook.http.max-body-size must be from 1KB to 1GB but is " + maxBodySize);
    }
    if (bodyMemory != null && bodyMemory.toBytes() < 1024 * 1024) {
      throw new IllegalArgumentException(
          "rollbook.http.body-memory must be at least 1MB but is " + bodyMemory);
    }
    if (maxRequests != null && maxRequests < 1) {
      throw new IllegalArgumentException(
          "rollbook.http.max-requests must be at least 1 but is " + maxRequests);
    }
    if (uploadTimeout.toMillis() < 10 || uploadTimeout.toDays() > 7) {
      throw new IllegalArgumentException(
          "rollbook.http.upload-timeout must be from 10ms to 7d but is " + uploadTimeout);
    }
  }

  long bodyMemoryBytes() {
    return bodyMemory == null ? Runtime.getRuntime().maxMemory() / 3 : bodyMemory.toBytes();
  }

  int requests() {
    return maxRequests == null
        ? Math.clamp(Runtime.getRuntime().maxMemory() / HEAP_A_REQUEST, 64, MOST_REQUESTS)
        : maxRequests;
  }
}
