package dev.rollbook.api.limit;

import static java.util.stream.Collectors.groupingBy;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.coyote.Constants;
import org.apache.coyote.Processor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Closes connections that keep others out without having a request in progress.
///
/// Tomcat closes a connection that is silent for `server.tomcat.connection-timeout`, but not one
/// that sends a byte of its head now and then. And where nearly all connections are in use, a
/// client that has more than its share of them loses those that were silent for longest.
@Component
class SlowConnections {
  private static final Logger log = LoggerFactory.getLogger(SlowConnections.class);

  /// A connection that has just come, or was just answered, may be about to speak.
  private static final Duration MIN_SILENCE = Duration.ofSeconds(1);

  private final TomcatConnectionsCustomizer tomcat;
  private final HttpCapacity capacity;
  private final Duration headTimeout;

  /// Used by one thread at a time.
  private final Set<SocketWrapperBase<NioChannel>> closing = new HashSet<>();

  SlowConnections(
      TomcatConnectionsCustomizer tomcat,
      HttpCapacity capacity,
      @Value("${server.tomcat.connection-timeout}") Duration headTimeout) {
    this.tomcat = tomcat;
    this.capacity = capacity;
    this.headTimeout = headTimeout;
  }

  @Scheduled(fixedDelay = 250)
  void closeSlow() {
    var protocol = tomcat.protocol();
    if (protocol == null) {
      return;
    }
    var connections = protocol.connections();
    closing.retainAll(connections);
    long before = System.nanoTime() - headTimeout.toNanos();
    var slow =
        headTimeout.isPositive()
            ? connections.stream().filter(socket -> isReadingHeadSince(socket, before)).toList()
            : List.<SocketWrapperBase<NioChannel>>of();
    slow.forEach(socket -> close(protocol, socket));
    if (connections.size() - slow.size() > capacity.connections() * 3 / 4) {
      closeAboveShare(protocol, connections);
    }
  }

  /// Once: what closes it waits for its turn like a request, which takes longer than a pass on a
  /// busy machine.
  private void close(TomcatProtocol protocol, SocketWrapperBase<NioChannel> socket) {
    if (closing.add(socket)) {
      protocol.end(socket);
    }
  }

  private void closeAboveShare(
      TomcatProtocol protocol, Set<SocketWrapperBase<NioChannel>> connections) {
    var byClient =
        connections.stream()
            .filter(socket -> socket.getRemoteAddr() != null)
            .collect(groupingBy(socket -> ClientAddress.of(socket.getRemoteAddr())));
    byClient.forEach((client, own) -> {
      long above =
          own.stream().filter(socket -> !closing.contains(socket)).count()
              - capacity.connectionsPerClient();
      if (above > 0) {
        log.debug("{} connections of {} are above its share", above, client);
        own.stream()
            .filter(socket -> !closing.contains(socket))
            .map(Silence::of)
            .filter(Silence::isLongEnough)
            .sorted(Comparator.comparingLong(Silence::since))
            .map(Silence::socket)
            .filter(SlowConnections::isSilent)
            .limit(above)
            .forEach(socket -> close(protocol, socket));
      }
    });
  }

  /// Whether no request is being handled or waits to be read.
  private static boolean isSilent(SocketWrapperBase<NioChannel> socket) {
    return !socket.getLock().isLocked() && !hasBytes(socket.getSocket().getIOChannel());
  }

  private static boolean hasBytes(@Nullable SocketChannel unlessClosed) {
    try {
      return unlessClosed != null && unlessClosed.socket().getInputStream().available() > 0;
    } catch (IOException e) {
      log.debug("a connection was closed meanwhile", e);
      return false;
    }
  }

  private static boolean isReadingHeadSince(SocketWrapperBase<NioChannel> socket, long before) {
    if (!(socket.getCurrentProcessor() instanceof Processor processor)) {
      return false;
    }
    var request = processor.getRequest();
    return request.getRequestProcessor() != null
        && isBetweenReads(request.getRequestProcessor().getStage())
        && request.getStartTimeNanos() > 0
        && request.getStartTimeNanos() - before < 0;
  }

  /// Tomcat calls a request whose head has come in part ended, until more of it comes.
  private static boolean isBetweenReads(int stage) {
    return stage == Constants.STAGE_PARSE || stage == Constants.STAGE_ENDED;
  }

  /// Since when nothing came or went, as it was before the sorting began.
  private record Silence(SocketWrapperBase<NioChannel> socket, long since) {
    static Silence of(SocketWrapperBase<NioChannel> socket) {
      return new Silence(
          socket,
          socket instanceof NioSocketWrapper wrapper
              ? Math.max(wrapper.getLastRead(), wrapper.getLastWrite())
              : 0);
    }

    /// Also where the clock was set back meanwhile.
    boolean isLongEnough() {
      long now = System.currentTimeMillis();
      return since > now || since < now - MIN_SILENCE.toMillis();
    }
  }
}
