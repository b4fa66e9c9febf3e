package dev.rollbook.web.tomcat;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import org.apache.catalina.connector.Request;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tomcat's NIO protocol with access to its connections. Public because Tomcat creates it by name.
///
/// Tomcat has no public API to end the body of a running request at a shutdown, or to give uploads
/// their own read timeout. It has no API either to limit the total time of a request head or a
/// response.
public final class TomcatProtocol extends Http11NioProtocol {
  private static final Logger log = LoggerFactory.getLogger(TomcatProtocol.class);

  /// Size of the response buffers, in bytes and in characters: half of Tomcat's default.
  private static final int OUTPUT_BUFFER = 4096;

  /// Note 1 is Tomcat's own. Notes survive the recycling of a request.
  private static final int CONNECTION_NOTE = 8;

  private static final String CONNECTION = Connection.class.getName();

  @Override
  public int getDesiredBufferSize() {
    return OUTPUT_BUFFER;
  }

  @Override
  protected Processor createProcessor() {
    return new Http11Processor(this, getAdapter()) {
      @Override
      public AbstractEndpoint.Handler.SocketState service(SocketWrapperBase<?> socket)
          throws IOException {
        getRequest().setNote(CONNECTION_NOTE, new Connection(socket));
        return super.service(socket);
      }
    };
  }

  /// A snapshot.
  Set<SocketWrapperBase<NioChannel>> connections() {
    return getEndpoint().getConnections();
  }

  /// Makes the connection of a request available to filters.
  static void publishConnection(Request request) {
    request.setAttribute(CONNECTION, request.getCoyoteRequest().getNote(CONNECTION_NOTE));
  }

  /// The connection of a request that is being handled.
  static Optional<Connection> connectionOf(HttpServletRequest request) {
    return Optional.ofNullable((Connection) request.getAttribute(CONNECTION));
  }

  /// Closes a connection with Tomcat's lock of it held, so that a request that has just begun is
  /// answered first.
  void close(SocketWrapperBase<NioChannel> socket) {
    getEndpoint().processSocket(socket, SocketEvent.ERROR, true);
  }

  /// The connection of a request that is being handled.
  record Connection(SocketWrapperBase<?> socket) {
    long readTimeout() {
      return socket.getReadTimeout();
    }

    void readTimeout(long millis) {
      socket.setReadTimeout(millis);
    }

    /// A blocked read of the body returns end-of-stream; a response can still be sent.
    void endInput() {
      shutdown(SocketChannel::shutdownInput);
    }

    /// A blocked write of the answer fails.
    void endOutput() {
      shutdown(SocketChannel::shutdownOutput);
    }

    private void shutdown(Shutdown side) {
      try {
        if (socket.getSocket() instanceof NioChannel nio && nio.getIOChannel() != null) {
          side.of(nio.getIOChannel());
        }
      } catch (IOException e) {
        log.debug("the connection is already closed", e);
      }
    }
  }

  private interface Shutdown {
    @Nullable SocketChannel of(SocketChannel channel) throws IOException;
  }
}
