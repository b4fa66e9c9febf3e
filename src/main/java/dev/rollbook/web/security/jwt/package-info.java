/// JSON Web Tokens (RFC 7519) of an OpenID Connect issuer.
///
/// [JwtAuthenticator] authenticates a request by its token. [IssuerKeys] has the public keys of the
/// issuer, which it fetches in the background. [ClaimsMapping] makes the claims of a token a
/// caller. The settings are those of Spring Boot ([JwtSettings]) and [JwtProperties].
@NullMarked
@NamedInterface("jwt")
package dev.rollbook.web.security.jwt;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
