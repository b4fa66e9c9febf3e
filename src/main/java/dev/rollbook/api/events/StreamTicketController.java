package dev.rollbook.api.events;

import dev.rollbook.access.Access;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.thread.ThreadService;
import dev.rollbook.web.audit.AuditFilter;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.ticket.StreamTickets;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Instant;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Tickets for event streams of web pages: `EventSource` cannot send a token in a header.
@RestController
record StreamTicketController(StreamTickets tickets, ThreadService threads, RequestBodies bodies) {
  @PostMapping(path = "/v1/stream-tickets", produces = MediaType.APPLICATION_JSON_VALUE)
  TicketView create(Access access, HttpServletRequest request) throws IOException {
    var thread = bodies.read(request, NewTicket.class).threadId();
    AuditFilter.nameThread(request, thread);
    threads.get(access, thread);
    var ticket =
        Caller.of(request)
            .map(caller -> tickets.create(caller, thread))
            .orElseGet(tickets::unchecked);
    return new TicketView(ticket.text(), ticket.expires());
  }

  record NewTicket(ThreadId threadId) {
    @SuppressWarnings("ConstantValue") // Missing members are null.
    NewTicket {
      if (threadId == null) {
        throw new InvalidRequest("/threadId", "is missing");
      }
    }
  }

  record TicketView(String ticket, Instant expiresAt) {}
}
