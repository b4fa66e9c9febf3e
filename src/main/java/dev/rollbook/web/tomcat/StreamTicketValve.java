package dev.rollbook.web.tomcat;

import dev.rollbook.web.http.QueryParts;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/// Takes tickets for event streams out of the query of a request, before anything can log them.
///
/// `EventSource` can send a ticket only in the URL. Tomcat's access log, Spring and other filters
/// log URLs, so the value is replaced in the request of Tomcat, which all of them read. Filters
/// find the ticket in an attribute of the request.
public final class StreamTicketValve extends ValveBase {
  private static final String PARAMETER = "ticket";
  private static final String REDACTED = PARAMETER + "=redacted";
  private static final String ATTRIBUTE = StreamTicketValve.class.getName();

  public StreamTicketValve() {
    super(true);
  }

  /// The ticket that the client has sent; the first one if there are several.
  public static Optional<String> ticketOf(ServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof String ticket
        ? Optional.of(ticket)
        : Optional.empty();
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    var query = request.getQueryString();
    if (query != null) {
      redact(request, query);
    }
    getNext().invoke(request, response);
  }

  private static void redact(Request request, String query) {
    var redacted = new StringJoiner("&");
    boolean found = false;
    for (var parameter : query.split("&", -1)) {
      if (QueryParts.nameOf(parameter).equals(PARAMETER)) {
        if (!found) {
          request.setAttribute(ATTRIBUTE, QueryParts.valueOf(parameter));
        }
        found = true;
        redacted.add(REDACTED);
      } else {
        redacted.add(parameter);
      }
    }
    if (found) {
      request.getCoyoteRequest().queryString().setString(redacted.toString());
    }
  }
}
