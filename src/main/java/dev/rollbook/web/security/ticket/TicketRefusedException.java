package dev.rollbook.web.security.ticket;

import org.springframework.security.core.AuthenticationException;

/// Thrown if a ticket is not accepted.
public final class TicketRefusedException extends AuthenticationException {
  private final String detail;

  /// @param detail a sentence for the client
  TicketRefusedException(String detail) {
    super(detail);
    this.detail = detail;
  }

  public String detail() {
    return detail;
  }
}
