package dev.rollbook.web.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import dev.rollbook.model.StartupException;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/// Which tokens of an issuer are accepted, and as whom, while keys change and the issuer is away.
class JwtAuthenticatorTest {
  private static final String JWT = "spring.security.oauth2.resourceserver.jwt.";
  private static final JwtProperties DEFAULTS =
      new JwtProperties("sub", null, "tenant", List.of(), "scope", null, Map.of(), null);

  private final TestIssuer issuer = TestIssuer.start();
  private Duration passed = Duration.ZERO;
  private final Clock clock =
      ((InstantSource) () -> Instant.now().plus(passed)).withZone(ZoneOffset.UTC);
  private final JwtSettings settings =
      JwtSettings.of(
          new MockEnvironment()
              .withProperty(JWT + "issuer-uri", issuer.uri())
              .withProperty(JWT + "audiences", "other, " + TestIssuer.AUDIENCE));
  private final IssuerKeys keys =
      new IssuerKeys(settings, new DefaultResourceRetriever(2000, 2000), clock);
  private final JwtAuthenticator authenticator = authenticator(DEFAULTS);

  @AfterEach
  void close() {
    issuer.close();
  }

  @Test
  void aTokenIsACaller() {
    var expires = Instant.now().plusSeconds(100).truncatedTo(ChronoUnit.SECONDS);

    var caller = caller(issuer.token(claims -> claims.expirationTime(Date.from(expires))));

    assertThat(caller.principal()).isEqualTo("robot");
    assertThat(caller.tenant()).isEqualTo("team-j");
    assertThat(caller.scopes()).containsExactlyInAnyOrder(Scope.READ, Scope.APPEND);
    assertThat(caller.mechanism()).isEqualTo(Caller.Mechanism.JWT);
    assertThat(caller.keyId()).isEqualTo("token-1");
    assertThat(caller.expires()).isEqualTo(expires.plusSeconds(60));
  }

  static Stream<Arguments> invalid() {
    var now = Instant.now();
    return Stream.<Consumer<JWTClaimsSet.Builder>>of(
            claims -> claims.issuer("http://127.0.0.1:1"),
            claims -> claims.issuer(null),
            claims -> claims.audience("others"),
            claims -> claims.audience(List.of()),
            claims -> claims.expirationTime(null),
            claims -> claims.notBeforeTime(Date.from(now.plusSeconds(120))))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void aTokenForAnotherServiceOrTimeIsRefused(Consumer<JWTClaimsSet.Builder> change) {
    assertRefused(issuer.token(change));
  }

  @Test
  void aTokenThatTheIssuerHasNotSignedIsRefused() throws Exception {
    var claims = issuer.claims(same -> {});
    var publicKey = issuer.key().toRSAPublicKey().getEncoded();
    var other = TestIssuer.signer(TestIssuer.newKey("first"));
    var unknown = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("x").build();
    var valid = issuer.token("read");

    for (var token :
        List.of(
            new PlainJWT(claims).serialize(),
            TestIssuer.sign(claims, issuer.header(JWSAlgorithm.HS256), new MACSigner(publicKey)),
            TestIssuer.sign(claims, issuer.header(JWSAlgorithm.RS256), other),
            TestIssuer.sign(claims, unknown, other),
            TestIssuer.sign(
                claims, issuer.header(JWSAlgorithm.RS512), TestIssuer.signer(issuer.key())),
            valid.substring(0, valid.length() - 5),
            valid.substring(valid.indexOf('.')),
            "x.y.z",
            "x")) {
      assertRefused(token);
    }
  }

  @Test
  void anExpiredTokenIsNamedSoEvenIfItWasAcceptedBefore() {
    var token = issuer.token("read");
    caller(token);
    passed = passed.plus(Duration.ofHours(1).plusSeconds(59));
    caller(token);

    passed = passed.plus(Duration.ofSeconds(2));

    assertThatThrownBy(() -> caller(token)).isInstanceOf(CredentialsExpiredException.class);
    assertThatThrownBy(() -> caller(token)).isInstanceOf(CredentialsExpiredException.class);
  }

  @Test
  void aNewKeyIsFetchedWhenATokenNeedsIt() {
    var before = issuer.token("read");
    caller(before);
    issuer.addKey("second");
    passed = passed.plus(Duration.ofSeconds(2));

    caller(issuer.token("read"));

    caller(before);
    assertThat(issuer.fetches()).isEqualTo(2);
  }

  @Test
  void aKeyThatTheIssuerHasRemovedIsRefusedAfterMinutes() {
    var before = issuer.token("read");
    caller(before);
    issuer.replaceKeys("second");

    passed = passed.plus(Duration.ofMinutes(5));
    keys.refresh();

    assertRefused(before);
    caller(issuer.token("read"));
  }

  @Test
  void unknownKeysDoNotMakeEachRequestFetch() {
    var unknown = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("x").build();
    var signer = TestIssuer.signer(TestIssuer.newKey("x"));
    for (int n = 0; n < 5; n++) {
      assertRefused(TestIssuer.sign(issuer.claims(same -> {}), unknown, signer));
    }
    assertThat(issuer.fetches()).isEqualTo(1);
    passed = passed.plus(Duration.ofMinutes(1));

    assertRefused(issuer.token(claims -> claims.issuer("https://example.com")));

    assertThat(issuer.fetches()).isEqualTo(1);
  }

  @Test
  void whileTheIssuerIsAwayKnownKeysGoOnAndOthersAreUnknown() {
    var known = issuer.token("read");
    caller(known);
    issuer.setAway(true);
    issuer.addKey("second");
    passed = passed.plus(Duration.ofMinutes(10));
    keys.refresh();

    caller(known);
    for (int n = 0; n < 2; n++) {
      assertThatThrownBy(() -> caller(issuer.token("read")))
          .isInstanceOf(AuthenticationServiceException.class);
    }
    assertThat(authenticator.problem().orElseThrow()).contains(issuer.uri());

    issuer.setAway(false);
    passed = passed.plus(Duration.ofSeconds(10));
    keys.refresh();
    caller(issuer.token("read"));
    assertThat(authenticator.problem()).isEmpty();
  }

  @Test
  void withoutAnyKeyNobodyIsAccepted() {
    issuer.setAway(true);
    keys.refresh();

    assertThatThrownBy(() -> caller(issuer.token("read")))
        .isInstanceOf(AuthenticationServiceException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "tenant,",
    "tenant,''",
    "tenant,a/b",
    "tenant,../x",
    "sub,",
    "scope,",
    "scope,openid profile",
    "scope,READ",
    "scope,reader"
  })
  void aTokenWithoutATenantPrincipalOrKnownScopeIsNoCaller(String claim, @Nullable String value) {
    var token = issuer.token(claims -> claims.claim(claim, value));

    assertThatThrownBy(() -> caller(token))
        .isInstanceOf(UnmappedClaimsException.class)
        .hasMessageContaining("claim " + claim);
  }

  @Test
  void settingsNameOtherAndNestedClaims() {
    var kubernetes =
        authenticator(
            new JwtProperties(
                "sub",
                null,
                "/kubernetes.io/namespace",
                List.of(),
                "roles",
                "rb:",
                Map.of(),
                null));

    var caller =
        caller(
            kubernetes,
            issuer.token(claims ->
                claims
                    .claim("kubernetes.io", Map.of("namespace", "agents"))
                    .claim("roles", List.of("rb:read", "append", "rb:none", 5))));

    assertThat(caller.tenant()).isEqualTo("agents");
    assertThat(caller.scopes()).containsExactly(Scope.READ);
  }

  @Test
  void settingsFixTheTenantAndTheScopesAndRequireClaims() {
    var ofAcme =
        authenticator(
            new JwtProperties(
                "sub",
                "team-a",
                "tenant",
                List.of("append"),
                "scope",
                null,
                Map.of("repository_owner", "acme"),
                null));

    var caller =
        caller(
            ofAcme,
            issuer.token(claims -> claims.claim("repository_owner", "acme").claim("scope", null)));
    assertThat(caller.tenant()).isEqualTo("team-a");
    assertThat(caller.scopes()).containsExactly(Scope.APPEND);
    for (var owner : new String[] {"other", null}) {
      var token = issuer.token(claims -> claims.claim("repository_owner", owner));
      assertThatThrownBy(() -> caller(ofAcme, token))
          .isInstanceOf(UnmappedClaimsException.class)
          .hasMessageContaining("repository_owner");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "none", "RS256,HS512"})
  void onlySignaturesWithPublicKeysCanBeSet(String algorithms) {
    var environment =
        new MockEnvironment()
            .withProperty(JWT + "issuer-uri", issuer.uri())
            .withProperty(JWT + "audiences", "x")
            .withProperty(JWT + "jws-algorithms", algorithms);

    assertThatThrownBy(() -> JwtSettings.of(environment))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("jws-algorithms");
  }

  @Test
  void anAudienceIsRequired() {
    var environment = new MockEnvironment().withProperty(JWT + "issuer-uri", issuer.uri());

    assertThatThrownBy(() -> JwtSettings.of(environment))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("audiences is not set");
  }

  @Test
  void aClockThatWasSetBackDoesNotKeepOldKeys() {
    passed = Duration.ofDays(1);
    keys.refresh();
    passed = Duration.ZERO;
    issuer.addKey("new");

    assertThat(caller(issuer.token("read")).principal()).isEqualTo("robot");
  }

  @Test
  void anEmptyTenantForAllTokensStopsTheStart() {
    var empty = new JwtProperties("sub", "", "tenant", List.of(), "scope", null, Map.of(), null);

    assertThatThrownBy(() -> authenticator(empty))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("rollbook.security.jwt.tenant");
  }

  private JwtAuthenticator authenticator(JwtProperties properties) {
    return new JwtAuthenticator(settings, keys, new ClaimsMapping(properties), clock);
  }

  private void assertRefused(String token) {
    assertThatThrownBy(() -> caller(token)).isInstanceOf(BadCredentialsException.class);
  }

  private Caller caller(String token) {
    return caller(authenticator, token);
  }

  private static Caller caller(JwtAuthenticator authenticator, String token) {
    return (Caller)
        authenticator.authenticate(new BearerTokenAuthenticationToken(token)).getPrincipal();
  }
}
