package dev.rollbook.web.security.jwt;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of JSON Web Tokens: which callers they are. The issuer and the audience have the
/// settings of Spring Boot, `spring.security.oauth2.resourceserver.jwt`.
///
/// A claim is the name of a member, such as `sub`, or, if it begins with `/`, a path to a nested
/// one, such as `/kubernetes.io/namespace`.
///
/// @param principalClaim Claim with the name of the user or program.
/// @param tenant Tenant of all tokens of the issuer, instead of a claim.
/// @param tenantClaim Claim with the tenant. A token without it gets 403.
/// @param scopes Scopes of all tokens of the issuer, instead of a claim.
/// @param scopesClaim Claim with the scopes: a text with spaces between them, or a list. Scopes
///   that Rollbook does not know are ignored. A token without a known one gets 403.
/// @param scopePrefix Text that precedes the name of a scope in the claim, such as `rollbook:`.
/// @param requiredClaims Values that tokens must have in further claims, such as
///   `repository_owner=acme`. A token with another value gets 403.
/// @param sslBundle SSL bundle whose certificates the server of the issuer is checked with, if its
///   certificate is not of a public authority.
@ConfigurationProperties("rollbook.security.jwt")
public record JwtProperties(
    @DefaultValue("sub") String principalClaim,
    @Nullable String tenant,
    @DefaultValue("tenant") String tenantClaim,
    @DefaultValue List<String> scopes,
    @DefaultValue("scope") String scopesClaim,
    @Nullable String scopePrefix,
    @DefaultValue Map<String, String> requiredClaims,
    @Nullable String sslBundle) {
  public JwtProperties {
    scopes = List.copyOf(scopes);
    requiredClaims = Map.copyOf(requiredClaims);
  }
}
