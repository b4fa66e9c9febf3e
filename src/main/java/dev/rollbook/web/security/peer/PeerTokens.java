package dev.rollbook.web.security.peer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/// Creates and verifies the tokens by which replicas prove themselves: JSON Web Tokens with an HMAC
/// (RFC 7519, HS256) whose key only replicas have.
///
/// A token is for one method and one target (path and query), in the claims `htm` and `htu` of RFC
/// 9449, and for 30 s. It does not protect the body: use TLS between replicas where somebody could
/// change or repeat traffic. It also states the caller, whatever credential the caller has sent to
/// the first replica, so that credentials never leave that replica.
public final class PeerTokens {
  /// Header that has the token. Not `Authorization`: peers prove themselves also if clients need no
  /// token.
  public static final String HEADER = "Rollbook-Peer";

  private static final Duration LIFETIME = Duration.ofSeconds(30);

  /// How much the clocks of replicas may differ.
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private static final JWSHeader JWS =
      new JWSHeader.Builder(JWSAlgorithm.HS256)
          .type(new JOSEObjectType("rollbook-peer+jwt"))
          .build();

  private static final String METHOD = "htm";
  private static final String TARGET = "htu";
  private static final String REQUEST_ID = "request_id";
  private static final String THREAD = "thread";
  private static final String PRINCIPAL = "principal";
  private static final String TENANT = "tenant";
  private static final String SCOPES = "scopes";
  private static final String MECHANISM = "mechanism";
  private static final String KEY_ID = "key_id";
  private static final String CALLER_EXPIRES = "caller_exp";

  private final MACSigner signer;
  private final MACVerifier verifier;
  private final Clock clock;

  public PeerTokens(SecretKey key, Clock clock) {
    try {
      this.signer = new MACSigner(key);
      this.verifier = new MACVerifier(key);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the key must have at least 256 bits", e);
    }
    this.clock = clock;
  }

  /// Path and query of a request, as they were sent. An empty query is none, as for the HTTP client
  /// that passes the call on.
  public static String targetOf(HttpServletRequest request) {
    var path = request.getRequestURI();
    var query = request.getQueryString();
    return query == null || query.isEmpty() ? path : path + "?" + query;
  }

  /// The token of one call.
  public String create(PeerCall call, String method, String target) {
    var now = clock.instant();
    var claims =
        new JWTClaimsSet.Builder()
            .subject(call.replica())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFETIME)))
            .claim(METHOD, method)
            .claim(TARGET, target)
            .claim(REQUEST_ID, call.requestId());
    if (call.thread() != null) {
      claims.claim(THREAD, call.thread());
    }
    if (call.caller() != null) {
      addCaller(call.caller(), claims);
    }
    var token = new SignedJWT(JWS, claims.build());
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("each Java runtime has HmacSHA256", e);
    }
    return token.serialize();
  }

  private static void addCaller(Caller caller, JWTClaimsSet.Builder claims) {
    claims
        .claim(PRINCIPAL, caller.principal())
        .claim(TENANT, caller.tenant())
        .claim(SCOPES, caller.scopes().stream().map(Scope::wireName).toList())
        .claim(MECHANISM, caller.mechanism().name());
    if (caller.keyId() != null) {
      claims.claim(KEY_ID, caller.keyId());
    }
    if (caller.expires() != null) {
      // In milliseconds: a stream ends with its credential.
      claims.claim(CALLER_EXPIRES, caller.expires().toEpochMilli());
    }
  }

  /// @throws PeerTokenRefusedException if the token is not one for this method and target, or not
  ///   at this time
  public PeerCall verify(String token, String method, String target) {
    var claims = verified(token);
    try {
      if (!method.equals(claims.getStringClaim(METHOD))
          || !target.equals(claims.getStringClaim(TARGET))) {
        throw new PeerTokenRefusedException("the token of the peer is for another call");
      }
      requireTime(claims);
      var replica = required(claims.getSubject());
      return new PeerCall(
          replica,
          required(claims.getStringClaim(REQUEST_ID)),
          claims.getStringClaim(THREAD),
          caller(claims));
    } catch (ParseException | IllegalArgumentException e) {
      throw new PeerTokenRefusedException("the token of the peer has claims of an unknown form");
    }
  }

  private JWTClaimsSet verified(String token) {
    try {
      var jwt = SignedJWT.parse(token);
      if (JWS.getAlgorithm().equals(jwt.getHeader().getAlgorithm())
          && JWS.getType().equals(jwt.getHeader().getType())
          && jwt.verify(verifier)) {
        return jwt.getJWTClaimsSet();
      }
    } catch (ParseException | JOSEException | IllegalStateException e) {
      throw unknown();
    }
    throw unknown();
  }

  private static PeerTokenRefusedException unknown() {
    return new PeerTokenRefusedException(
        "the token of the peer is not one of this cluster: all replicas need the same"
            + " rollbook.cluster.secret");
  }

  private void requireTime(JWTClaimsSet claims) {
    var now = clock.instant();
    var issued = claims.getIssueTime();
    var expires = claims.getExpirationTime();
    if (issued == null
        || expires == null
        || now.plus(CLOCK_SKEW).isBefore(issued.toInstant())
        || !now.isBefore(expires.toInstant().plus(CLOCK_SKEW))) {
      throw new PeerTokenRefusedException(
          "the token of the peer is not valid at this time: compare the clocks of the replicas");
    }
  }

  private static @Nullable Caller caller(JWTClaimsSet claims) throws ParseException {
    var principal = claims.getStringClaim(PRINCIPAL);
    if (principal == null) {
      return null;
    }
    var expires = claims.getLongClaim(CALLER_EXPIRES);
    return new Caller(
        principal,
        required(claims.getStringClaim(TENANT)),
        // Scopes that only a newer replica knows are left out.
        claims.getStringListClaim(SCOPES).stream()
            .map(Scope::parse)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet()),
        Caller.Mechanism.valueOf(required(claims.getStringClaim(MECHANISM))),
        claims.getStringClaim(KEY_ID),
        expires == null ? null : Instant.ofEpochMilli(expires));
  }

  private static String required(@Nullable String claim) {
    if (claim == null) {
      throw new IllegalArgumentException("a claim is missing");
    }
    return claim;
  }
}
