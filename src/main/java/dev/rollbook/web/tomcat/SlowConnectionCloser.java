package dev.rollbook.web.tomcat;

import static java.util.stream.Collectors.groupingBy;

import dev.rollbook.web.limits.ClientAddress;
import dev.rollbook.web.limits.HttpCapacity;
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

/// Periodic task that closes connections without a request in progress, so that they do not use up
/// the connection limit.
///
/// Tomcat closes a connection on which nothing arrives for `server.tomcat.connection-timeout`. It
/// does not close a connection on which a byte of a request head arrives now and then, but this
/// task does. When more than three quarters of all connections are in use, some clients may have
/// more connections than their share. The task then closes the longest-idle connections of these
/// clients.
@Component
class SlowConnectionCloser {
  private static final Logger log = LoggerFactory.getLogger(SlowConnectionCloser.class);

  /// A connection that was just accepted or answered may be about to send a request.
  private static final Duration MIN_IDLE_TIME = Duration.ofSeconds(1);

  private final TomcatConnectionsCustomizer tomcat;
  private final HttpCapacity capacity;
  private final Duration headTimeout;

  /// Confined to the scheduled task.
  private final Set<SocketWrapperBase<NioChannel>> closing = new HashSet<>();

  SlowConnectionCloser(
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

  /// Requests the close only once, because Tomcat closes the connection on a worker thread, which
  /// on a busy machine takes longer than the interval of this task.
  private void close(TomcatProtocol protocol, SocketWrapperBase<NioChannel> socket) {
    if (closing.add(socket)) {
      protocol.close(socket);
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
        log.debug(
            "client {} has {} connections more than its share, closing idle ones", client, above);
        own.stream()
            .filter(socket -> !closing.contains(socket))
            .map(IdleSocket::of)
            .filter(IdleSocket::isLongEnough)
            .sorted(Comparator.comparingLong(IdleSocket::since))
            .map(IdleSocket::socket)
            .filter(SlowConnectionCloser::isSilent)
            .limit(above)
            .forEach(socket -> close(protocol, socket));
      }
    });
  }

  /// Whether no request is being handled or is waiting in the socket buffer.
  private static boolean isSilent(SocketWrapperBase<NioChannel> socket) {
    return !socket.getLock().isLocked() && !hasBytes(socket.getSocket().getIOChannel());
  }

  private static boolean hasBytes(@Nullable SocketChannel unlessClosed) {
    try {
      return unlessClosed != null && unlessClosed.socket().getInputStream().available() > 0;
    } catch (IOException e) {
      log.debug("the connection is already closed", e);
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

  /// Tomcat reports a request with an incomplete head as ended until more of it arrives.
  private static boolean isBetweenReads(int stage) {
    return stage == Constants.STAGE_PARSE || stage == Constants.STAGE_ENDED;
  }

  /// A connection with the time of its last read or write, read once so that sorting is consistent.
  private record IdleSocket(SocketWrapperBase<NioChannel> socket, long since) {
    static IdleSocket of(SocketWrapperBase<NioChannel> socket) {
      return new IdleSocket(
          socket,
          socket instanceof NioSocketWrapper wrapper
              ? Math.max(wrapper.getLastRead(), wrapper.getLastWrite())
              : 0);
    }

    /// Also true if the clock was set back.
    boolean isLongEnough() {
      long now = System.currentTimeMillis();
      return since > now || since < now - MIN_IDLE_TIME.toMillis();
    }
  }
}
