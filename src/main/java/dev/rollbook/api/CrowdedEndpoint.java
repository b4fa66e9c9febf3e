package dev.rollbook.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.apache.coyote.Constants;
import org.apache.coyote.Processor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Bounds the connections without keeping anybody out who has something to say: where there are too
/// many, those that have been silent for longest go first, and only then new ones are refused.
///
/// Tomcat alone accepts no more at its limit, and ten thousand that say nothing shut the door.
final class CrowdedEndpoint extends NioEndpoint {
  private static final Logger log = LoggerFactory.getLogger(CrowdedEndpoint.class);
  private static final byte[] REFUSAL =
      String.join(
              "\r\n",
              "HTTP/1.1 429 Too Many Requests",
              "Retry-After: " + Refusals.RETRY_AFTER,
              "Connection: close",
              "Content-Length: 0",
              "",
              "")
          .getBytes(StandardCharsets.US_ASCII);

  private int most = Integer.MAX_VALUE;
  private Runnable refused = () -> {};

  /// @param limit of connections
  /// @param onRefusal run for each connection that is refused
  void bound(int limit, Runnable onRefusal) {
    most = limit;
    refused = onRefusal;
    // Its own limit would leave the rest waiting at the door.
    setMaxConnections(-1);
  }

  /// Called by the one thread that accepts connections.
  @Override
  protected boolean setSocketOptions(SocketChannel accepted) {
    if (getConnections().size() >= most && !makeRoom()) {
      refuse(accepted);
      return false;
    }
    return super.setSocketOptions(accepted);
  }

  /// Ends requests whose head has not come as a whole after some time, however often a byte of it
  /// does.
  void endSlowHeads(Duration patience) {
    long before = System.nanoTime() - patience.toNanos();
    for (var socket : getConnections()) {
      if (isReadingHeadSince(socket, before)) {
        log.debug("a request whose head does not come is ended: {}", socket);
        processSocket(socket, SocketEvent.ERROR, true);
      }
    }
  }

  /// An eighth goes at a time, so that the search for the oldest is paid once for many.
  private boolean makeRoom() {
    var silent =
        getConnections().stream()
            .filter(socket -> socket.getCurrentProcessor() == null && !socket.getLock().isLocked())
            .map(Silence::of)
            .sorted(Comparator.comparingLong(Silence::since))
            .limit(Math.max(1, most / 8))
            .toList();
    log.debug("{} silent connections are closed to make room", silent.size());
    return endAll(silent);
  }

  /// Within Tomcat's own lock of the connection: a request that has begun meanwhile is answered
  /// first.
  private boolean endAll(List<Silence> silent) {
    silent.forEach(one -> processSocket(one.socket(), SocketEvent.ERROR, true));
    return !silent.isEmpty();
  }

  private void refuse(SocketChannel accepted) {
    refused.run();
    try {
      accepted.write(ByteBuffer.wrap(REFUSAL));
    } catch (IOException gone) {
      log.debug("a refused connection was closed already", gone);
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

  /// Since when nothing came, as it is when the sorting begins.
  private record Silence(SocketWrapperBase<NioChannel> socket, long since) {
    static Silence of(SocketWrapperBase<NioChannel> socket) {
      return new Silence(
          socket,
          socket instanceof NioSocketWrapper wrapper
              ? Math.max(wrapper.getLastRead(), wrapper.getLastWrite())
              : 0);
    }
  }
}
