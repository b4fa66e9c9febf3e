package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.cluster.FakeCluster;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RawRequest;
import dev.rollbook.quota.SettableTime;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.jwt.TestIssuer;
import dev.rollbook.web.security.token.TokensFile;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/// A service that requires tokens, of the tokens file or of an issuer, with the actuator on a port
/// of its own, and that may have peers. The subclasses share one Spring context.
@Import({
  OffsetClock.Configuration.class,
  SettableTime.Configuration.class,
  FakeCluster.Configuration.class
})
public abstract class AbstractAuthenticationHttpTest extends HttpTest {
  protected static final TokensFile TOKENS = TokensFile.create(temporary());
  protected static final String ALL = TOKENS.token("all", EnumSet.allOf(Scope.class));
  static final String EXPIRED = TOKENS.expired("old", EnumSet.allOf(Scope.class));
  protected static final String ANN = TOKENS.token("ann", "team-a", ofOneTenant());
  static final String BOB = TOKENS.token("bob", "team-b", ofOneTenant());
  static final String FEW_ITEMS = TOKENS.token("few-items", "few-items", ofOneTenant());
  static final String FEW_BYTES = TOKENS.token("few-bytes", "few-bytes", ofOneTenant());
  protected static final Path DATA = temporary();
  static final Path ACCESS_LOG = temporary();

  /// Ends with the process, as the Spring context does.
  static final TestIssuer ISSUER = TestIssuer.start();

  int managementPort;

  @DynamicPropertySource
  protected static void authentication(DynamicPropertyRegistry registry) {
    var watched = temporary();
    for (var scope : Scope.values()) {
      TOKENS.token("only-" + scope.wireName(), EnumSet.of(scope));
      TOKENS.token("without-" + scope.wireName(), EnumSet.complementOf(EnumSet.of(scope)));
    }
    for (var scope : List.of(Scope.EXPORT, Scope.IMPORT)) {
      TOKENS.token(scope.wireName() + "-and-operate", EnumSet.of(scope, Scope.OPERATE));
    }
    registry.add("rollbook.security.tokens-file", TOKENS.file()::toString);
    registry.add("rollbook.security.local-token", () -> "true");
    registry.add("spring.security.oauth2.resourceserver.jwt.issuer-uri", ISSUER::uri);
    registry.add("spring.security.oauth2.resourceserver.jwt.audiences", () -> TestIssuer.AUDIENCE);
    registry.add("management.server.port", () -> "0");
    registry.add("server.tomcat.accesslog.enabled", () -> "true");
    registry.add("server.tomcat.accesslog.buffered", () -> "false");
    registry.add("server.tomcat.accesslog.directory", ACCESS_LOG::toString);
    registry.add("rollbook.redaction.patterns.test", () -> "REDACT-[0-9]{4}");
    registry.add("rollbook.cluster.secret", () -> FakeCluster.SECRET);
    registry.add("rollbook.security.failed-credentials", () -> "1000000");
    registry.add("rollbook.quotas.tenants.few-items.items-per-second", () -> "1");
    registry.add("rollbook.quotas.tenants.few-bytes.bytes-per-day", () -> "1KB");
    registry.add("test.data-dir", DATA::toString);
    registry.add("test.watched-dir", watched::toString);
  }

  @BeforeEach
  protected void sendTheToken() {
    client = client.withToken(ALL);
    managementPort =
        context.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
  }

  private static Set<Scope> ofOneTenant() {
    return EnumSet.complementOf(EnumSet.of(Scope.ALL_TENANTS));
  }

  static RawRequest get(String name, String path) {
    return with(TOKENS.token(name), RawRequest.of("GET", path));
  }

  protected static RawRequest with(String token, RawRequest request) {
    return request.header("Authorization", "Bearer " + token);
  }

  static void assertUnauthenticated(RawRequest.Answer answer, String challenge) {
    assertThat(answer.status()).as(answer.toString()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).isEqualTo(challenge);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
  }

  static void assertForbidden(RawRequest.Answer answer, String scope) {
    assertThat(answer.status()).as(answer.toString()).isEqualTo(403);
    assertThat(answer.body())
        .contains("\"code\":\"forbidden\"", "\"requiredScope\":\"" + scope + "\"");
  }
}
