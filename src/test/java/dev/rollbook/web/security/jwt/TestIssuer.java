package dev.rollbook.web.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// An issuer of tokens: an HTTP server with OpenID Connect discovery and the public keys.
public final class TestIssuer implements AutoCloseable {
  public static final String AUDIENCE = "rollbook";

  /// Generated once, because that takes half a second.
  private static final Map<String, RSAKey> KEYS = new ConcurrentHashMap<>();

  private final HttpServer server;
  private final String uri;
  private final AtomicInteger fetches = new AtomicInteger();
  private volatile List<RSAKey> keys = List.of(keyOf("first"));
  private volatile boolean isAway;

  private TestIssuer(HttpServer server) {
    this.server = server;
    this.uri = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  public static TestIssuer start() {
    try {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      var issuer = new TestIssuer(HttpServer.create(address, 0));
      issuer.server.createContext(
          "/.well-known/openid-configuration",
          exchange ->
              issuer.answer(
                  exchange,
                  "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}"
                      .formatted(issuer.uri, issuer.uri)));
      issuer.server.createContext(
          "/keys",
          exchange -> {
            issuer.fetches.incrementAndGet();
            issuer.answer(exchange, new JWKSet(List.copyOf(issuer.keys)).toString(true));
          });
      issuer.server.start();
      return issuer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String uri() {
    return uri;
  }

  /// How often the keys were fetched.
  int fetches() {
    return fetches.get();
  }

  /// Whether requests fail.
  public void setAway(boolean away) {
    isAway = away;
  }

  /// Signs the next tokens with a new key. The keys before stay valid.
  public void addKey(String id) {
    keys = List.of(keyOf(id), keys.getFirst());
  }

  /// Signs the next tokens with a new key, the only one.
  public void replaceKeys(String id) {
    keys = List.of(keyOf(id));
  }

  RSAKey key() {
    return keys.getFirst();
  }

  /// A valid token for one hour, of the principal `robot` in the tenant `team-j`.
  public String token(String scopes) {
    return token(claims -> claims.claim("scope", scopes));
  }

  public String token(Consumer<JWTClaimsSet.Builder> change) {
    return sign(claims(change), header(JWSAlgorithm.RS256), signer(keys.getFirst()));
  }

  public JWTClaimsSet claims(Consumer<JWTClaimsSet.Builder> change) {
    var now = Instant.now();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(uri)
            .audience(AUDIENCE)
            .subject("robot")
            .jwtID("token-1")
            .claim("tenant", "team-j")
            .claim("scope", "openid read append")
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(3600)));
    change.accept(claims);
    return claims.build();
  }

  public JWSHeader header(JWSAlgorithm algorithm) {
    return new JWSHeader.Builder(algorithm).keyID(keys.getFirst().getKeyID()).build();
  }

  public static String sign(JWTClaimsSet claims, JWSHeader header, JWSSigner signer) {
    try {
      var token = new SignedJWT(header, claims);
      token.sign(signer);
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static JWSSigner signer(RSAKey key) {
    try {
      return new RSASSASigner(key);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RSAKey keyOf(String id) {
    return KEYS.computeIfAbsent(id, TestIssuer::newKey);
  }

  /// A key that no issuer has, even if its id is that of one.
  static RSAKey newKey(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpExchange exchange, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(isAway ? 500 : 200, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
