package dev.rollbook.web.security.access;

import dev.rollbook.access.Owner;
import jakarta.servlet.ServletRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;

/// The program or person that sends a request, as its credential names it.
///
/// @param tenant whose threads and imports the caller sees
/// @param mechanism kind of the credential
/// @param keyId which credential of the principal it is; null if the credential has no id. It is
///   not secret
/// @param expires time from which the credential is refused; null if it does not expire
public record Caller(
    String principal,
    String tenant,
    Set<Scope> scopes,
    Mechanism mechanism,
    @Nullable String keyId,
    @Nullable Instant expires)
    implements AuthenticatedPrincipal {
  public static final String DEFAULT_TENANT = "default";

  /// Names of tenants, whatever credential states them.
  public static final Pattern TENANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,127}");

  /// [#TENANT] in words.
  public static final String TENANT_RULE =
      "1 to 128 letters, digits and . _ @ -, and begin with a letter or a digit";

  /// Names of principals that another party chooses. Those of the tokens file have the form of
  /// [#TENANT].
  public static final Pattern PRINCIPAL =
      Pattern.compile("[^\\p{Cntrl}]{1,%d}".formatted(Owner.MAX_LENGTH));

  /// A kind of credential.
  public enum Mechanism {
    /// A token of the tokens file, or the local token.
    TOKEN,
    /// A JSON Web Token of an issuer.
    JWT,
    /// A ticket for an event stream.
    TICKET,
    /// A client certificate of the connection.
    CERTIFICATE
  }

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  /// The caller of a request that Spring Security has authenticated. Empty if the service requires
  /// no authentication, and for open calls without a credential.
  ///
  /// It is an attribute of the request, so that each Java thread that handles the request finds it,
  /// and code that runs after the filter chain, too.
  public static Optional<Caller> of(ServletRequest request) {
    return authentication(request).flatMap(Caller::of);
  }

  static Optional<Caller> of(Authentication authentication) {
    return authentication.getPrincipal() instanceof Caller caller
        ? Optional.of(caller)
        : Optional.empty();
  }

  /// The accepted credential of a request; empty like [#of(ServletRequest)].
  public static Optional<Authentication> authentication(ServletRequest request) {
    var context =
        (SecurityContext)
            request.getAttribute(
                RequestAttributeSecurityContextRepository.DEFAULT_REQUEST_ATTR_NAME);
    return context == null ? Optional.empty() : Optional.ofNullable(context.getAuthentication());
  }

  public boolean isExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  @Override
  public String getName() {
    return principal;
  }
}
