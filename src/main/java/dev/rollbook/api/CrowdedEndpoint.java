package dev.rollbook.api;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.apache.coyote.Constants;
import org.apache.coyote.Processor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Bounds the connections without keeping anybody out who has something to say: where there are too
/// many, those that have been silent for longest go first, and only then new ones are refused.
///
/// Tomcat alone accepts no more at its limit, and ten thousand that say nothing shut the door. Who
/// has come just now, or was answered just now, may be about to speak and is let be: an answer to
/// one more is better than none to who is there.
final class CrowdedEndpoint extends NioEndpoint {
  private static final Logger log = LoggerFactory.getLogger(CrowdedEndpoint.class);
  private static final Duration LEAST_SILENCE = Duration.ofSeconds(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private int most = Integer.MAX_VALUE;
  private long lookAgainAt = System.nanoTime();
  private @Nullable RefusedConnections refused;

  /// @param limit of connections
  /// @param beyond is given those that there is no room for
  void bound(int limit, RefusedConnections beyond) {
    most = limit;
    refused = beyond;
    // Its own limit would leave the rest waiting at the door.
    setMaxConnections(-1);
  }

  /// Called by the one thread that accepts connections.
  @Override
  protected boolean setSocketOptions(SocketChannel accepted) {
    if (refused != null && connections.size() >= most && !makeRoom()) {
      refused.refuse(accepted);
      return true;
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

  /// An eighth goes at a time, so that the search for the oldest is paid once for many; where it
  /// finds none, those that come next are not to wait for another one each.
  private boolean makeRoom() {
    if (System.nanoTime() - lookAgainAt < 0) {
      return false;
    }
    var silent =
        getConnections().stream()
            .filter(CrowdedEndpoint::isSilent)
            .map(Silence::of)
            .filter(Silence::isLongEnough)
            .sorted(Comparator.comparingLong(Silence::since))
            .limit(Math.max(1, most / 8))
            .toList();
    log.debug("{} silent connections are closed to make room", silent.size());
    if (silent.isEmpty()) {
      lookAgainAt = System.nanoTime() + LOOK_AGAIN.toNanos();
      return false;
    }
    endAll(silent);
    return true;
  }

  /// Within Tomcat's own lock of the connection: a request that has begun meanwhile is answered
  /// first.
  private void endAll(List<Silence> silent) {
    silent.forEach(one -> processSocket(one.socket(), SocketEvent.ERROR, true));
  }

  /// Not one whose request has come but waits for its turn.
  private static boolean isSilent(SocketWrapperBase<NioChannel> socket) {
    return socket.getCurrentProcessor() == null
        && !socket.getLock().isLocked()
        && !hasBytes(socket.getSocket().getIOChannel());
  }

  private static boolean hasBytes(@Nullable SocketChannel unlessClosed) {
    try {
      return unlessClosed != null && unlessClosed.socket().getInputStream().available() > 0;
    } catch (IOException closed) {
      log.debug("a connection was closed meanwhile", closed);
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

  /// Since when nothing came, as it is when the sorting begins.
  private record Silence(SocketWrapperBase<NioChannel> socket, long since) {
    /// Also where the clock was set back meanwhile.
    boolean isLongEnough() {
      long now = System.currentTimeMillis();
      return since > now || since < now - LEAST_SILENCE.toMillis();
    }

    static Silence of(SocketWrapperBase<NioChannel> socket) {
      return new Silence(
          socket,
          socket instanceof NioSocketWrapper wrapper
              ? Math.max(wrapper.getLastRead(), wrapper.getLastWrite())
              : 0);
    }
  }
}
