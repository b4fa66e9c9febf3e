package dev.rollbook.api.limit;

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

/// Tomcat's NIO protocol with access to its connections; public, as Tomcat creates it by name.
///
/// Tomcat has no other way to end a body that is being read at a stop, to give uploads a read
/// timeout of their own, or to bound the time that a head or an answer takes as a whole.
public final class TomcatProtocol extends Http11NioProtocol {
  private static final Logger log = LoggerFactory.getLogger(TomcatProtocol.class);

  /// Of the buffers of an answer, for its bytes and as many characters: half of Tomcat's default.
  private static final int OUTPUT_BUFFER = 4096;

  /// Beside Tomcat's own note, 1; notes of a request stay with its processor.
  private static final int CONNECTION_NOTE = 8;

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

  /// A copy.
  Set<SocketWrapperBase<NioChannel>> connections() {
    return getEndpoint().getConnections();
  }

  /// The connection that a request came on, kept for as long as the request is handled.
  static Optional<Connection> connectionOf(Request request) {
    return Optional.ofNullable((Connection) request.getCoyoteRequest().getNote(CONNECTION_NOTE));
  }

  /// Closes a connection, within Tomcat's lock of it: a request that has just begun is answered
  /// first.
  void end(SocketWrapperBase<NioChannel> socket) {
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

    /// A blocked read of the body meets its end; an answer can still be sent.
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
      } catch (IOException closed) {
        log.debug("the connection was closed already", closed);
      }
    }
  }

  private interface Shutdown {
    @Nullable SocketChannel of(SocketChannel channel) throws IOException;
  }
}
