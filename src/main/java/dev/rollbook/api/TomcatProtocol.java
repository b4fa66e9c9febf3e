package dev.rollbook.api;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;

/// Tomcat's own, but that it tells which connection a request came on, and bounds its connections
/// in its own way; made by Tomcat, hence public.
public final class TomcatProtocol extends Http11NioProtocol {
  private final CrowdedEndpoint endpoint;

  public TomcatProtocol() {
    var made = new CrowdedEndpoint();
    super(made);
    this.endpoint = made;
  }

  /// What a connection is to those who hold it.
  record Connection(SocketWrapperBase<NioChannel> socket, SocketChannel channel) {}

  Optional<Connection> connectionOf(HttpServletRequest request) {
    var id = request.getServletConnection().getConnectionId();
    return getEndpoint().getConnections().stream()
        .filter(socket -> socket.getServletConnection("http/1.1", "").getConnectionId().equals(id))
        .findFirst()
        .map(socket -> new Connection(socket, socket.getSocket().getIOChannel()));
  }

  CrowdedEndpoint endpoint() {
    return endpoint;
  }
}
