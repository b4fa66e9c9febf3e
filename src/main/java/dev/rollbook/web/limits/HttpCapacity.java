package dev.rollbook.web.limits;

import dev.rollbook.memory.HeapShare;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/// Limits of connections, concurrent requests and body memory. A limit is taken from its setting
/// or, by default, calculated from the size of the heap.
///
/// The heap that a connection uses was measured with the buffers that [TomcatConnectionsCustomizer]
/// sets: 14 KB while the connection is idle, 38 KB while the client sends the head of a request,
/// and 100 KB while a body of 16 KB or a response is sent. [HeapShare] relies on these numbers.
@Component
public final class HttpCapacity {
  public static final String MAX_CONNECTIONS = "server.tomcat.max-connections";

  /// Permits of the actuator, so that an operator can inspect the service while all other permits
  /// are in use.
  private static final int OPERATIONS = 16;

  /// More would only wait for each other: `SearchService` runs few at a time.
  private static final int SEARCHES = 100;

  private static final int SEARCHES_PER_CALLER = 8;

  private final int connections;
  private final int requests;
  private final long bodyMemory;
  private final double clientShare;
  private final double callerShare;

  @Autowired
  HttpCapacity(HttpProperties http, Environment environment) {
    this(http, environment.getProperty(MAX_CONNECTIONS, Integer.class), HeapShare.heap());
  }

  HttpCapacity(HttpProperties http, @Nullable Integer maxConnections, long heap) {
    this.connections = maxConnections == null ? HeapShare.connections(heap) : maxConnections;
    // Half of the connections, so that a refused request always has a connection for its response.
    this.requests = http.maxRequests() == null ? Math.max(1, connections / 2) : http.maxRequests();
    this.bodyMemory =
        http.bodyMemory() == null ? HeapShare.BODIES.of(heap) : http.bodyMemory().toBytes();
    this.clientShare = http.clientShare();
    this.callerShare = http.callerShare();
  }

  /// Limit of open connections.
  public int connections() {
    return connections;
  }

  public int connectionsPerClient() {
    return share(connections);
  }

  /// Number of connections whose unread body may be drained at the same time.
  public int unreadBodies() {
    return Math.max(1, connections / 8);
  }

  /// Limit of concurrent requests.
  public ClientPermits requests() {
    return permits(requests);
  }

  /// Limit of long-running requests among them: event streams, uploads, downloads.
  public ClientPermits streams() {
    int streams = Math.max(1, requests - requests / 4);
    return permits(streams);
  }

  /// Limit of concurrent requests to the actuator.
  public ClientPermits operations() {
    return permits(OPERATIONS);
  }

  /// Limit of concurrent searches.
  public ClientPermits searches() {
    return new ClientPermits(SEARCHES, SEARCHES, SEARCHES_PER_CALLER);
  }

  /// Heap memory for the bodies and pages of all requests, in bytes.
  long bodyMemory() {
    return bodyMemory;
  }

  long bodyMemoryPerAddress() {
    return (long) (bodyMemory * clientShare);
  }

  long bodyMemoryPerCaller() {
    return (long) (bodyMemory * callerShare);
  }

  private ClientPermits permits(int permits) {
    return new ClientPermits(permits, share(permits), Math.max(1, (int) (permits * callerShare)));
  }

  private int share(int of) {
    return Math.max(1, (int) (of * clientShare));
  }
}
