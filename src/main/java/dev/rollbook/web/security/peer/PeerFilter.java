package dev.rollbook.web.security.peer;

import jakarta.servlet.Filter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.AuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;

/// Authenticates requests that have the token of a peer. Requests without one pass.
public final class PeerFilter {
  private PeerFilter() {}

  /// A filter for the chain of Spring Security, before those of other credentials.
  public static Filter of(PeerTokens tokens, AuthenticationFailureHandler failures) {
    AuthenticationManager manager =
        request -> {
          var sent = (Sent) request;
          return PeerAuthentication.of(
              tokens.verify(sent.getCredentials(), sent.method, sent.target));
        };
    var filter =
        new AuthenticationFilter(
            manager,
            request -> {
              var token = request.getHeader(PeerTokens.HEADER);
              return token == null
                  ? null
                  : new Sent(token, request.getMethod(), PeerTokens.targetOf(request));
            });
    filter.setSecurityContextRepository(new RequestAttributeSecurityContextRepository());
    filter.setSuccessHandler((request, response, accepted) -> {});
    filter.setFailureHandler(failures);
    return filter;
  }

  /// A filter without a chain of Spring Security, which would clear the context of the Java thread.
  public static Filter alone(PeerTokens tokens, AuthenticationFailureHandler failures) {
    var filter = of(tokens, failures);
    return (request, response, chain) -> {
      try {
        filter.doFilter(request, response, chain);
      } finally {
        SecurityContextHolder.clearContext();
      }
    };
  }

  /// A token before it is verified. Its text is not part of `toString`.
  private static final class Sent extends AbstractAuthenticationToken {
    private final String token;
    private final String method;
    private final String target;

    Sent(String token, String method, String target) {
      super(List.of());
      this.token = token;
      this.method = method;
      this.target = target;
    }

    @Override
    public String getCredentials() {
      return token;
    }

    @Override
    public @Nullable Object getPrincipal() {
      return null;
    }
  }
}
