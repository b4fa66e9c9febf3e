package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditProperties;
import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.certificate.CertificateAuthenticator;
import dev.rollbook.web.security.certificate.CertificateConfiguration;
import dev.rollbook.web.security.certificate.TestCertificates;
import dev.rollbook.web.security.jwt.JwtAuthenticator;
import dev.rollbook.web.security.peer.PeerTokens;
import dev.rollbook.web.security.ticket.StreamTickets;
import dev.rollbook.web.security.token.TokenStore;
import dev.rollbook.web.tomcat.TomcatProtocol;
import io.github.bucket4j.TimeMeter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServer;
import org.springframework.context.ApplicationContext;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Clients that authenticate by a certificate, in handshakes with Tomcat and the filter chain of
/// the service. Behind it is a servlet that responds with the caller.
class ClientCertificateTest {
  private static final String CALLERS = "rollbook.security.certificates.callers";
  private static final String PEM = "spring.ssl.bundle.pem.";

  @TempDir private static Path directory;
  private static TestCertificates certificates;

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private WebServer server;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificates =
        new TestCertificates(directory)
            .authority("authority")
            .authority("other-authority")
            .signedBy("authority", "service", "ip:127.0.0.1")
            .signedBy("authority", "ci", "uri:spiffe://acme/ci")
            .signedBy("authority", "host", "dns:Build.acme.example,uri:spiffe://acme/host")
            .signedBy("authority", "person", "email:ann@acme.example")
            .signedBy("authority", "named", "email:named@acme.example")
            .signedBy("authority", "both", "uri:spiffe://acme/ci,email:ann@acme.example")
            .signedBy("authority", "unknown", "uri:spiffe://acme/ci/other,dns:ann")
            .signedBy("other-authority", "later", "uri:spiffe://acme/ci");
    certificates.pem("service.crt", "service");
    certificates.privateKey("service");
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop();
    }
  }

  @Test
  void anAlternativeNameOfTheCertificateIsTheCaller() throws Exception {
    certificates.pem("trusted.crt", "authority");
    runner()
        .run(context -> {
          start(context);

          var ci = certificates.certificate("ci");
          assertThat(get(client("ci"), "/v1/threads").body())
              .isEqualTo(
                  "robot team-a CERTIFICATE %s %s 0"
                      .formatted(ci.getSerialNumber().toString(16), ci.getNotAfter().toInstant()));
          assertThat(get(client("host"), "/v1/threads").body())
              .startsWith("build.acme.example team-d CERTIFICATE");
          assertThat(get(client("person"), "/v1/threads").body())
              .startsWith("ann@acme.example team-b CERTIFICATE");
          assertThat(get(client("named"), "/v1/threads").body())
              .startsWith("by-common-name team-c CERTIFICATE");
          var large = HttpRequest.BodyPublishers.ofByteArray(new byte[1_000_000]);
          var answer = send(client("ci"), request("/v1/threads").POST(large));
          assertThat(answer.body()).startsWith("robot team-a").endsWith(" 1000000");
        });
  }

  @Test
  void aCertificateThatIsNoCallerIsForbiddenButOpenCallsStayOpen() throws Exception {
    certificates.pem("trusted.crt", "authority");
    runner()
        .run(context -> {
          start(context);

          assertThat(get(client("unknown"), "/v1/threads"))
              .satisfies(answer ->
                  assertForbidden(answer, "the client certificate has no name that is mapped"));
          assertThat(get(client("both"), "/v1/threads"))
              .satisfies(answer ->
                  assertForbidden(answer, "the client certificate has names of several callers"));
          assertThat(get(client("unknown"), "/actuator/health/liveness").statusCode())
              .isEqualTo(200);
          assertThat(send(client("person"), request("/v1/threads").DELETE()).statusCode())
              .isEqualTo(405);
          assertThat(
                  send(
                      client("person"),
                      request("/v1/threads").POST(HttpRequest.BodyPublishers.noBody())))
              .satisfies(answer -> {
                assertForbidden(answer, "the client certificate lacks the scope append");
                assertThat(answer.headers().map()).doesNotContainKey("www-authenticate");
              });
        });
  }

  @Test
  void aRequestWithoutCertificateOrWithATokenIsJudgedByTheToken() throws Exception {
    certificates.pem("trusted.crt", "authority");
    runner()
        .run(context -> {
          start(context);

          assertThat(get(client(), "/v1/threads").statusCode()).isEqualTo(401);
          var withToken =
              send(client("ci"), request("/v1/threads").header("Authorization", "Bearer rbk_x"));
          assertThat(withToken.statusCode()).isEqualTo(401);
          assertThat(withToken.headers().firstValue("WWW-Authenticate"))
              .hasValue("Bearer error=\"invalid_token\"");
          var otherScheme =
              send(client("ci"), request("/v1/threads").header("Authorization", "Basic eDp5"));
          assertThat(otherScheme.statusCode()).isEqualTo(401);
        });
  }

  @Test
  void aCertificateThatExpiresOnAnOpenConnectionIsRefused() throws Exception {
    certificates.pem("trusted.crt", "authority");
    runner()
        .run(context -> {
          start(context);
          var client = client("ci");
          assertThat(get(client, "/v1/threads").statusCode()).isEqualTo(200);

          now.set(certificates.certificate("ci").getNotAfter().toInstant().plusSeconds(1));

          var answer = get(client, "/v1/threads");
          assertThat(answer.statusCode()).isEqualTo(401);
          assertThat(answer.body()).contains("the client certificate", "not valid at this time");
        });
  }

  @Test
  void aChangedTruststoreIsUsedWithoutARestart() throws Exception {
    certificates.pem("trusted.crt", "authority");
    runner()
        .withPropertyValues(
            PEM + "service.reload-on-update=true", "spring.ssl.bundle.watch.file.quiet-period=50ms")
        .run(context -> {
          start(context);
          assertThat(get(client("later"), "/v1/threads").statusCode()).isEqualTo(401);

          certificates.pem("trusted.crt", "other-authority");

          await().until(() -> get(client("later"), "/v1/threads").statusCode() == 200);
          assertThat(get(client("ci"), "/v1/threads").statusCode()).isEqualTo(401);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "server.ssl.client-auth=none,does not ask clients for certificates",
    "server.ssl.enabled=false,does not ask clients for certificates",
    "server.ssl.bundle=open,has no truststore",
    "management.server.ssl.client-auth=want,management.server.ssl.client-auth is set without",
    "callers[0].common-name=ci,callers[0] must have either san or common-name",
    "callers[1].san=spiffe://acme/ci,callers[1] has a name that is mapped before",
    "callers[0].san=*.acme.example,callers[0].san is no URI",
    "callers[0].san=10.0.0.1,callers[0].san is no URI",
    "callers[0].scopes=read;rule,callers[0].scopes has a scope that does not exist",
    "callers[0].scopes=,callers[0].scopes is not set",
    "callers[0].tenant=a b,callers[0].tenant has a character that is not allowed",
    "callers[0].principal=,callers[0].principal has a character"
  })
  void settingsThatCannotBeUsedFailTheStart(String setting, String sentence) throws Exception {
    certificates.pem("trusted.crt", "authority");
    var key = setting.startsWith("callers") ? "rollbook.security.certificates." + setting : setting;
    runner()
        .withPropertyValues(
            PEM + "open.keystore.certificate=" + directory.resolve("service.crt"),
            PEM + "open.keystore.private-key=" + directory.resolve("service.key"),
            key.replace(';', ','))
        .run(context ->
            assertThat(context.getStartupFailure())
                .rootCause()
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(sentence));
  }

  /// Only the SSL bundles of Spring Boot, with their settings, and the authenticator.
  private ApplicationContextRunner runner() {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
        .withUserConfiguration(CertificateConfiguration.class)
        .withBean(
            AccessPolicy.class, () -> new AccessPolicy(AccessPolicy.Isolation.TENANT, "team-d"))
        .withBean(Clock.class, () -> clock)
        .withPropertyValues(
            PEM + "service.keystore.certificate=" + directory.resolve("service.crt"),
            PEM + "service.keystore.private-key=" + directory.resolve("service.key"),
            PEM + "service.truststore.certificate=" + directory.resolve("trusted.crt"),
            "server.ssl.bundle=service",
            "server.ssl.client-auth=want",
            CALLERS + "[0].san=spiffe://acme/ci",
            CALLERS + "[0].principal=robot",
            CALLERS + "[0].tenant=team-a",
            CALLERS + "[0].scopes=read,append",
            CALLERS + "[1].san=build.acme.example",
            CALLERS + "[1].scopes=read",
            CALLERS + "[2].san=ann@acme.example",
            CALLERS + "[2].tenant=team-b",
            CALLERS + "[2].scopes=read",
            CALLERS + "[3].common-name=named",
            CALLERS + "[3].principal=by-common-name",
            CALLERS + "[3].tenant=team-c",
            CALLERS + "[3].scopes=read");
  }

  private void start(ApplicationContext context) throws Exception {
    var factory = new TomcatServletWebServerFactory(0);
    factory.setProtocol(TomcatProtocol.class.getName());
    factory.addConnectorCustomizers(
        connector -> connector.setProperty("socket.appReadBufSize", "4096"));
    var ssl = Ssl.forBundle("service");
    ssl.setClientAuth(Ssl.ClientAuth.WANT);
    factory.setSsl(ssl);
    factory.setSslBundles(context.getBean(SslBundles.class));
    var chain = chain(context);
    server =
        factory.getWebServer(servlets -> {
          servlets
              .addFilter("security", chain)
              .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          servlets.addServlet("caller", new CallerServlet()).addMapping("/");
        });
    server.start();
  }

  private Filter chain(ApplicationContext context) throws Exception {
    var settings = AuthenticationCondition.properties(context.getEnvironment());
    assertThat(AuthenticationCondition.isRequired(context.getEnvironment())).isTrue();
    HandlerExceptionResolver errors = (request, response, handler, e) -> null;
    var tokens = new TokenStore(null, null, settings.defaultTenant());
    return new AuthenticationConfiguration()
        .springSecurityFilterChain(
            tokens,
            new StaticListableBeanFactory().getBeanProvider(JwtAuthenticator.class),
            context.getBeanProvider(CertificateAuthenticator.class),
            new StaticListableBeanFactory().getBeanProvider(PeerTokens.class),
            new StreamTickets(tokens, clock, StreamTickets.randomKey()),
            clock,
            TimeMeter.SYSTEM_NANOTIME,
            new RefusedRequests(
                new AuditLog(
                    false,
                    new AuditProperties(null, Duration.ofDays(1)),
                    new LocalDisk(),
                    new DataDir(directory),
                    clock,
                    new SimpleMeterRegistry()),
                new SimpleMeterRegistry()),
            settings,
            errors);
  }

  private final Clock clock = ((InstantSource) now::get).withZone(ZoneOffset.UTC);

  private static HttpClient client(String... alias) throws Exception {
    return certificates.client("authority", alias);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.getPort() + path));
  }

  private HttpResponse<String> get(HttpClient client, String path) throws Exception {
    return send(client, request(path));
  }

  private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request)
      throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static void assertForbidden(HttpResponse<String> answer, String detail) {
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("\"code\":\"forbidden\"", detail);
  }

  @SuppressWarnings("serial")
  private static final class CallerServlet extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      var length = request.getInputStream().readAllBytes().length;
      var words =
          Caller.of(request)
              .map(by ->
                  Stream.of(by.principal(), by.tenant(), by.mechanism(), by.keyId(), by.expires()))
              .orElse(Stream.of())
              .map(String::valueOf);
      response
          .getWriter()
          .print(String.join(" ", Stream.concat(words, Stream.of("" + length)).toList()));
    }
  }
}
