package dev.rollbook.api.limit;

import dev.rollbook.memory.HeapShare;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/// How many connections and requests there may be at a time, and what bodies may take: derived from
/// the heap where the settings leave it open.
///
/// Measured with buffers as [TomcatConnectionsCustomizer] sets them, of the heap: an idle
/// connection takes 14 KB, one within the head of a request 38 KB, one within a body of 16 KB or an
/// answer 100 KB. [HeapShare] counts with that.
@Component
final class HttpCapacity {
  static final String MAX_CONNECTIONS = "server.tomcat.max-connections";

  /// Small, but not of the others: an operator has to see what happens when they are all in use.
  private static final int OPERATIONS = 16;

  private final int connections;
  private final int requests;
  private final long bodyMemory;
  private final double clientShare;

  @Autowired
  HttpCapacity(HttpProperties http, Environment environment) {
    this(http, environment.getProperty(MAX_CONNECTIONS, Integer.class), HeapShare.heap());
  }

  HttpCapacity(HttpProperties http, @Nullable Integer maxConnections, long heap) {
    this.connections = maxConnections == null ? HeapShare.connections(heap) : maxConnections;
    // Half of them, so that there is always one to refuse a request on.
    this.requests = http.maxRequests() == null ? Math.max(1, connections / 2) : http.maxRequests();
    this.bodyMemory =
        http.bodyMemory() == null ? HeapShare.BODIES.of(heap) : http.bodyMemory().toBytes();
    this.clientShare = http.clientShare();
  }

  /// Connections that Tomcat accepts.
  int connections() {
    return connections;
  }

  int connectionsPerClient() {
    return share(connections);
  }

  /// Connections whose unread body is waited for after the answer.
  int unreadBodies() {
    return Math.max(1, connections / 8);
  }

  /// Requests that are handled at a time.
  ClientPermits requests() {
    return new ClientPermits(requests, share(requests));
  }

  /// Those of them that may last: event streams, uploads, downloads.
  ClientPermits streams() {
    int streams = Math.max(1, requests - requests / 4);
    return new ClientPermits(streams, share(streams));
  }

  /// Requests to the actuator, beside all others.
  ClientPermits operations() {
    return new ClientPermits(OPERATIONS, share(OPERATIONS));
  }

  /// Bytes that bodies and pages of all requests may take.
  long bodyMemory() {
    return bodyMemory;
  }

  long bodyMemoryPerClient() {
    return (long) (bodyMemory * clientShare);
  }

  private int share(int of) {
    return Math.max(1, (int) (of * clientShare));
  }
}
