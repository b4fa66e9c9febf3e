package dev.rollbook.web.security.peer;

import org.springframework.security.core.AuthenticationException;

/// Thrown if the token of a peer is not accepted.
public final class PeerTokenRefusedException extends AuthenticationException {
  /// Challenge in `WWW-Authenticate`, by which the peer tells this refusal from all others.
  public static final String CHALLENGE = "Rollbook-Peer";

  private final String detail;

  /// @param detail a sentence for the operator
  PeerTokenRefusedException(String detail) {
    super(detail);
    this.detail = detail;
  }

  public String detail() {
    return detail;
  }
}
