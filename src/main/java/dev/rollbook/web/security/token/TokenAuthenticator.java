package dev.rollbook.web.security.token;

import java.time.Clock;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/// Authenticates requests by the token that they carry.
public final class TokenAuthenticator implements AuthenticationManager {
  private final TokenStore tokens;
  private final Clock clock;

  public TokenAuthenticator(TokenStore tokens, Clock clock) {
    this.tokens = tokens;
    this.clock = clock;
  }

  /// Whether a request has a token of Rollbook, valid or not.
  public static boolean isToken(Authentication request) {
    return request instanceof BearerTokenAuthenticationToken bearer
        && bearer.getToken().startsWith(Token.PREFIX);
  }

  @Override
  public Authentication authenticate(Authentication request) {
    var entry =
        request instanceof BearerTokenAuthenticationToken bearer
            ? Token.claimed(bearer.getToken())
                .flatMap(token -> tokens.find(token.keyId()).filter(known -> known.isOf(token)))
                .orElse(null)
            : null;
    if (entry == null) {
      throw new BadCredentialsException("the token is unknown or malformed");
    }
    if (entry.caller().isExpired(clock.instant())) {
      throw new CredentialsExpiredException("the token has expired");
    }
    return entry.authentication();
  }
}
