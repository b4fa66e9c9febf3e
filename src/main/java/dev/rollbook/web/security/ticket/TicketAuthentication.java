package dev.rollbook.web.security.ticket;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/// A ticket that a request carries, before it is checked. Its text is not part of `toString`.
public final class TicketAuthentication extends AbstractAuthenticationToken {
  private final String ticket;
  private final String thread;

  /// @param thread whose events are requested
  TicketAuthentication(String ticket, String thread) {
    super(List.of());
    this.ticket = ticket;
    this.thread = thread;
  }

  String thread() {
    return thread;
  }

  @Override
  public String getCredentials() {
    return ticket;
  }

  @Override
  public @Nullable Object getPrincipal() {
    return null;
  }
}
