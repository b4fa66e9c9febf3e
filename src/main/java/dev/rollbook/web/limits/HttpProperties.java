package dev.rollbook.web.limits;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Limits of HTTP requests.
///
/// @param maxBodySize Maximum size of a JSON body, from 1KB to 1GB. The whole body is held in
///   memory. A larger body gets 413.
/// @param bodyMemory Memory for the bodies and pages of all requests that are not answered yet, at
///   least 1MB. Default: 1/3 of the heap, at most 2/5 of (heap - 38 MB).
/// @param maxRequests Maximum number of requests that are handled at the same time. Event streams,
///   uploads, NDJSON streams of items and downloads of rollouts together may use at most three
///   quarters of this number. Default: half of `server.tomcat.max-connections`.
/// @param clientShare Share of each limit that one client address (or IPv6 /64 network) may use: of
///   `max-requests`, of its three quarters for streams, of connections, and of `body-memory`. Above
///   0 and at most 1. A single request may always use as much `body-memory` as it needs. Behind a
///   proxy without `server.forward-headers-strategy`, all clients have the address of the proxy; in
///   this case set 1.
/// @param requestTimeout Total time for a client to send the body of a request, and also to read
///   the response, from 10ms to 7d. If the body takes longer, the request gets 408. If the response
///   takes longer, the connection is closed. Streams and uploads may take longer.
/// @param uploadTimeout How long the sender of an upload may be silent before the upload gets 408,
///   from 10ms to 7d. For all other bodies this time is `server.tomcat.connection-timeout`.
@ConfigurationProperties("rollbook.http")
public record HttpProperties(
    @DefaultValue("32MB") DataSize maxBodySize,
    @Nullable DataSize bodyMemory,
    @Nullable Integer maxRequests,
    @DefaultValue("0.5") double clientShare,
    @DefaultValue("60s") Duration requestTimeout,
    @DefaultValue("1h") Duration uploadTimeout) {

  public HttpProperties {
    boolean fits = maxBodySize.toBytes() >= 1024 && maxBodySize.toMegabytes() <= 1024;
    require(fits, "max-body-size", "from 1KB to 1GB", maxBodySize);
    boolean enough = bodyMemory == null || bodyMemory.toMegabytes() >= 1;
    require(enough, "body-memory", "at least 1MB", bodyMemory);
    require(maxRequests == null || maxRequests >= 1, "max-requests", "at least 1", maxRequests);
    boolean isShare = clientShare > 0 && clientShare <= 1;
    require(isShare, "client-share", "above 0 and at most 1", clientShare);
    require(isTimeout(requestTimeout), "request-timeout", "from 10ms to 7d", requestTimeout);
    require(isTimeout(uploadTimeout), "upload-timeout", "from 10ms to 7d", uploadTimeout);
  }

  private static boolean isTimeout(Duration given) {
    return given.toMillis() >= 10 && given.toDays() <= 7;
  }

  private static void require(boolean valid, String key, String rule, @Nullable Object value) {
    if (!valid) {
      throw new IllegalArgumentException(
          "rollbook.http.%s must be %s but is %s".formatted(key, rule, value));
    }
  }
}
