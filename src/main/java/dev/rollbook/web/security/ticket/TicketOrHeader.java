package dev.rollbook.web.security.ticket;

import dev.rollbook.web.security.peer.PeerCall;
import dev.rollbook.web.tomcat.StreamTicketValve;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.AuthenticationConverter;

/// Finds the credential of a request: the token in the header, else a ticket.
///
/// With a token in the header, a ticket is not looked at, so that a request has one caller. Only
/// the event streams of a thread accept a ticket; all other requests with one have no credential. A
/// call that another replica passes on is authenticated already, for the caller that it states.
///
/// @param header reads the token in the header
public record TicketOrHeader(AuthenticationConverter header) implements AuthenticationConverter {
  private static final String BEFORE_ID = "/v1/threads/";
  private static final String AFTER_ID = "/events";
  private static final int ID_LENGTH = 36;

  @Override
  public @Nullable Authentication convert(HttpServletRequest request) {
    if (PeerCall.of(request).isPresent()) {
      return null;
    }
    var token = header.convert(request);
    return token == null && isEventStream(request) ? ticket(request) : token;
  }

  private static @Nullable Authentication ticket(HttpServletRequest request) {
    int start = BEFORE_ID.length();
    var thread = request.getServletPath().substring(start, start + ID_LENGTH);
    return StreamTicketValve.ticketOf(request)
        .map(ticket -> new TicketAuthentication(ticket, thread))
        .orElse(null);
  }

  private static boolean isEventStream(HttpServletRequest request) {
    var path = request.getServletPath();
    return (request.getMethod().equals("GET") || request.getMethod().equals("HEAD"))
        && path.length() == BEFORE_ID.length() + ID_LENGTH + AFTER_ID.length()
        && path.startsWith(BEFORE_ID)
        && path.endsWith(AFTER_ID);
  }
}
