package dev.rollbook.api.limit;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Optional;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/// Tells filters which connection a request came on.
final class RequestConnections extends ValveBase {
  private static final String ATTRIBUTE = RequestConnections.class.getName();

  RequestConnections() {
    super(true);
  }

  static Optional<TomcatProtocol.Connection> of(HttpServletRequest request) {
    return Optional.ofNullable((TomcatProtocol.Connection) request.getAttribute(ATTRIBUTE));
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    TomcatProtocol.connectionOf(request)
        .ifPresent(connection -> request.setAttribute(ATTRIBUTE, connection));
    getNext().invoke(request, response);
  }
}
