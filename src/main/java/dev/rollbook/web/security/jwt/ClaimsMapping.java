package dev.rollbook.web.security.jwt;

import dev.rollbook.model.StartupException;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.Jwt;

/// Makes the claims of a token a caller, as [JwtProperties] say. The messages of refusals name
/// claims, and never repeat a value.
final class ClaimsMapping {
  private static final Pattern KEY_ID = Pattern.compile("[!-~]{1,128}");

  private final JwtProperties settings;
  private final Set<Scope> fixedScopes;

  /// @throws StartupException if the settings cannot be used
  ClaimsMapping(JwtProperties settings) {
    this.settings = settings;
    this.fixedScopes = scopes(settings.scopes(), "");
    var tenant = settings.tenant();
    if (tenant != null && !Caller.TENANT.matcher(tenant).matches()) {
      throw new StartupException(
          "rollbook.security.jwt.tenant is not the name of a tenant.",
          "It must be %s.".formatted(Caller.TENANT_RULE));
    }
    if (fixedScopes.size() != settings.scopes().size()) {
      throw new StartupException(
          "rollbook.security.jwt.scopes has a scope that does not exist, or has one twice.",
          "Scopes are %s.".formatted(Scope.ALL_NAMES));
    }
  }

  /// @param expires from when the token is refused
  /// @throws UnmappedClaimsException if a claim is missing or not accepted
  Caller caller(Jwt token, Instant expires) {
    var claims = token.getClaims();
    settings
        .requiredClaims()
        .forEach((claim, value) -> {
          if (!value.equals(text(claims, claim))) {
            throw new UnmappedClaimsException("has another value of the claim " + claim);
          }
        });
    var id = token.getId();
    return new Caller(
        required(claims, settings.principalClaim(), Caller.PRINCIPAL, "a principal"),
        settings.tenant() == null
            ? required(claims, settings.tenantClaim(), Caller.TENANT, "a tenant")
            : settings.tenant(),
        scopes(claims),
        Caller.Mechanism.JWT,
        id != null && KEY_ID.matcher(id).matches() ? id : null,
        expires);
  }

  private static String required(
      Map<String, Object> claims, String claim, Pattern form, String meaning) {
    var value = text(claims, claim);
    if (value == null || !form.matcher(value).matches()) {
      throw new UnmappedClaimsException("has no claim %s with %s".formatted(claim, meaning));
    }
    return value;
  }

  private Set<Scope> scopes(Map<String, Object> claims) {
    if (!fixedScopes.isEmpty()) {
      return fixedScopes;
    }
    var names =
        switch (value(claims, settings.scopesClaim())) {
          case String text -> List.of(text.split(" "));
          case Collection<?> list -> list;
          case null, default -> List.of();
        };
    var scopes = scopes(names, settings.scopePrefix() == null ? "" : settings.scopePrefix());
    if (scopes.isEmpty()) {
      throw new UnmappedClaimsException(
          "has no claim %s with a scope".formatted(settings.scopesClaim()));
    }
    return scopes;
  }

  private static Set<Scope> scopes(Collection<?> names, String prefix) {
    var scopes = EnumSet.noneOf(Scope.class);
    for (var name : names) {
      if (name instanceof String text && text.startsWith(prefix)) {
        Scope.parse(text.substring(prefix.length())).ifPresent(scopes::add);
      }
    }
    return scopes;
  }

  private static @Nullable String text(Map<String, Object> claims, String claim) {
    return value(claims, claim) instanceof String text ? text : null;
  }

  private static @Nullable Object value(Map<String, Object> claims, String claim) {
    if (!claim.startsWith("/")) {
      return claims.get(claim);
    }
    Object value = claims;
    for (var name : claim.substring(1).split("/", -1)) {
      value = value instanceof Map<?, ?> members ? members.get(name) : null;
    }
    return value;
  }
}
