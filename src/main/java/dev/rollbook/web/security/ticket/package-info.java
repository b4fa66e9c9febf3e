/// Tickets for event streams: what a web page sends in the URL of an `EventSource`, which cannot
/// send a header.
///
/// [StreamTickets] creates and checks tickets. [TicketOrHeader] finds the credential of a request:
/// the token in the header, else a ticket, which only event streams of a thread accept.
@NullMarked
@NamedInterface("ticket")
package dev.rollbook.web.security.ticket;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
