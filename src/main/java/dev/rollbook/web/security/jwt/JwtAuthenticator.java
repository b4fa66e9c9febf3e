package dev.rollbook.web.security.jwt;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.RemoteKeySourceException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.rollbook.web.security.token.BearerHeader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.util.ConcurrentLruCache;

/// Authenticates requests by a JSON Web Token of the issuer.
///
/// A token that was found valid is kept until it expires or the keys of the issuer change, because
/// checking a signature takes as long as an append. Only valid tokens are kept, so that clients
/// without one cannot fill the cache.
public final class JwtAuthenticator implements AuthenticationManager {
  /// How much the clocks of issuer and service may differ.
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private static final int CACHED_TOKENS = 1000;
  private static final String EXPIRED = "expired_token";

  private final JwtDecoder decoder;
  private final IssuerKeys keys;
  private final ClaimsMapping mapping;
  private final Clock clock;
  private final ConcurrentLruCache<String, Validated> valid =
      new ConcurrentLruCache<>(CACHED_TOKENS, this::validate);

  /// @param version of the keys before the token was validated
  private record Validated(Authentication caller, Instant expires, long version) {}

  JwtAuthenticator(JwtSettings settings, IssuerKeys keys, ClaimsMapping mapping, Clock clock) {
    this.decoder = decoder(settings, keys, clock);
    this.keys = keys;
    this.mapping = mapping;
    this.clock = clock;
  }

  @Override
  public Authentication authenticate(Authentication request) {
    if (!(request instanceof BearerTokenAuthenticationToken bearer)) {
      throw new BadCredentialsException("there is no token");
    }
    var token = bearer.getToken();
    var known = valid.get(token);
    if (known.version() != keys.version()) {
      valid.remove(token);
      known = valid.get(token);
    }
    if (!clock.instant().isBefore(known.expires())) {
      valid.remove(token);
      throw new CredentialsExpiredException("the token has expired");
    }
    return known.caller();
  }

  /// Why the keys of the issuer could not be read; empty if they were.
  public Optional<String> problem() {
    return keys.problem();
  }

  private Validated validate(String token) {
    BearerHeader.requireSyntax(token);
    long version = keys.version();
    var jwt = decode(token);
    var expires = Objects.requireNonNull(jwt.getExpiresAt()).plus(CLOCK_SKEW);
    var caller = mapping.caller(jwt, expires);
    return new Validated(
        new PreAuthenticatedAuthenticationToken(caller, null, caller.scopes()), expires, version);
  }

  private Jwt decode(String token) {
    try {
      return decoder.decode(token);
    } catch (JwtValidationException e) {
      if (e.getErrors().stream().anyMatch(error -> error.getErrorCode().equals(EXPIRED))) {
        throw new CredentialsExpiredException("the token has expired", e);
      }
      throw new BadCredentialsException("the token is not for this service", e);
    } catch (JwtException e) {
      if (e.getCause() instanceof RemoteKeySourceException) {
        throw new AuthenticationServiceException("the keys of the issuer cannot be read", e);
      }
      throw new BadCredentialsException("the token is not valid", e);
    }
  }

  /// Tokens of other issuers are refused before their key is looked up, so that they do not make
  /// the service fetch keys.
  private static JwtDecoder decoder(JwtSettings settings, IssuerKeys keys, Clock clock) {
    var ofAlgorithm = new JWSVerificationKeySelector<>(settings.algorithms(), keys);
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWTClaimsSetAwareJWSKeySelector((header, claims, context) ->
        settings.issuer() == null || settings.issuer().equals(claims.getIssuer())
            ? ofAlgorithm.selectJWSKeys(header, context)
            : List.of());
    processor.setJWTClaimsSetVerifier((claims, context) -> {});
    var decoder = new NimbusJwtDecoder(processor);
    decoder.setJwtValidator(validator(settings, clock));
    return decoder;
  }

  private static OAuth2TokenValidator<Jwt> validator(JwtSettings settings, Clock clock) {
    var times = new JwtTimestampValidator(CLOCK_SKEW);
    times.setAllowEmptyExpiryClaim(false);
    times.setClock(clock);
    return new DelegatingOAuth2TokenValidator<>(
        List.of(
            jwt ->
                result(
                    EXPIRED,
                    jwt.getExpiresAt() == null
                        || clock.instant().isBefore(jwt.getExpiresAt().plus(CLOCK_SKEW))),
            times,
            jwt ->
                result(
                    "other_audience",
                    jwt.getAudience() != null
                        && settings.audiences().stream().anyMatch(jwt.getAudience()::contains))));
  }

  private static OAuth2TokenValidatorResult result(String error, boolean valid) {
    return valid
        ? OAuth2TokenValidatorResult.success()
        : OAuth2TokenValidatorResult.failure(new OAuth2Error(error));
  }
}
