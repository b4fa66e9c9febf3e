package dev.rollbook.web.security.access;

import jakarta.servlet.ServletRequest;
import java.time.Instant;
import java.util.Optional;
import org.springframework.security.core.Authentication;

/// The credential that a request was accepted with, for responses that last longer than the check.
public final class RequestCredential {
  private final Caller caller;
  private final Authentication authentication;

  private RequestCredential(Caller caller, Authentication authentication) {
    this.caller = caller;
    this.authentication = authentication;
  }

  /// Empty if the service requires no authentication.
  public static Optional<RequestCredential> of(ServletRequest request) {
    return Caller.authentication(request)
        .flatMap(authentication ->
            Caller.of(authentication).map(caller -> new RequestCredential(caller, authentication)));
  }

  /// Whether the credential has neither expired nor been revoked.
  public boolean isAccepted(Instant now) {
    return !caller.isExpired(now)
        && !(authentication instanceof RevocableAuthentication revocable && revocable.isRevoked());
  }
}
