package dev.rollbook.web.limits;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Limits of HTTP requests.
///
/// @param maxBodySize Maximum size of a JSON body. The whole body is held in memory. A larger body
///   gets 413. Allowed: 1KB to 1GB.
/// @param bodyMemory Memory for request bodies and response pages, for all requests in progress
///   together. Allowed: 1MB or more. Default: 1/3 of the heap, at most 2/5 of (heap - 38 MB).
/// @param maxRequests Maximum number of requests that are handled at the same time. Event streams,
///   uploads, NDJSON streams of items and downloads of rollouts together get at most three quarters
///   of this number. Allowed: 1 or more. Default: half of `server.tomcat.max-connections`.
/// @param clientShare Largest share of each limit that one client address (or IPv6 /64 network)
///   gets. Allowed: above 0, at most 1. The share applies to `max-requests`, to the three quarters
///   of `max-requests` for streams, to the number of connections, and to `body-memory`. A client
///   address with only one request in progress may use more `body-memory` than its share. Behind a
///   proxy without `server.forward-headers-strategy`, all clients have the address of the proxy; in
///   this case, set 1.
/// @param callerShare Largest share of `max-requests`, of its three quarters for streams, and of
///   `body-memory` that one caller gets if clients have to authenticate. It replaces `client-share`
///   for authenticated requests; the number of connections still counts for their address. Allowed:
///   above 0, at most 1.
/// @param requestTimeout Maximum time for a client to send the body of a request. The same maximum
///   applies to reading the response. If the body takes longer, the request gets 408. If the
///   response takes longer, the connection is closed. Streams and uploads do not have this limit.
///   Allowed: 10ms to 7d.
/// @param uploadTimeout If the sender of an upload is silent for this time, the upload gets 408.
///   For all other bodies, `server.tomcat.connection-timeout` applies instead. Allowed: 10ms to 7d.
@ConfigurationProperties("rollbook.http")
public record HttpProperties(
    @DefaultValue("32MB") DataSize maxBodySize,
    @Nullable DataSize bodyMemory,
    @Nullable Integer maxRequests,
    @DefaultValue("0.5") double clientShare,
    @DefaultValue("0.25") double callerShare,
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
    boolean isCallerShare = callerShare > 0 && callerShare <= 1;
    require(isCallerShare, "caller-share", "above 0 and at most 1", callerShare);
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
