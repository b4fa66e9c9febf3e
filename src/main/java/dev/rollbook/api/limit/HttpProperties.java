package dev.rollbook.api.limit;

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
///   of it, at most two fifths of what the service itself leaves, where nothing is said
/// @param maxRequests requests that are handled at a time, event streams, uploads and downloads
///   among them; half of `server.tomcat.max-connections` by default
/// @param clientShare the part of requests, streams, connections and `bodyMemory` that one client
///   address (an IPv6 /64 network) may have, above 0 and at most 1; 1 behind a proxy, whose address
///   is that of all its clients
/// @param requestTimeout how long a body may take to arrive, and its answer to be read; uploads,
///   event streams and downloads may take longer
/// @param uploadTimeout how long the sender of an upload may be silent before it gets 408
@ConfigurationProperties("rollbook.http")
public record HttpProperties(
    @DefaultValue("32MB") DataSize maxBodySize,
    @Nullable DataSize bodyMemory,
    @Nullable Integer maxRequests,
    @DefaultValue("0.5") double clientShare,
    @DefaultValue("60s") Duration requestTimeout,
    @DefaultValue("1h") Duration uploadTimeout) {

  public HttpProperties {
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
    if (!(clientShare > 0 && clientShare <= 1)) {
      throw new IllegalArgumentException(
          "rollbook.http.client-share must be above 0 and at most 1 but is " + clientShare);
    }
    if (requestTimeout.toMillis() < 10 || requestTimeout.toDays() > 7) {
      throw new IllegalArgumentException(
          "rollbook.http.request-timeout must be from 10ms to 7d but is " + requestTimeout);
    }
    if (uploadTimeout.toMillis() < 10 || uploadTimeout.toDays() > 7) {
      throw new IllegalArgumentException(
          "rollbook.http.upload-timeout must be from 10ms to 7d but is " + uploadTimeout);
    }
  }
}
