package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// What clients with and without a token see, and how tokens are replaced.
class AuthenticationHttpTest extends AbstractAuthenticationHttpTest {
  @ParameterizedTest
  @ValueSource(strings = {"/console/", "/swagger-ui/index.html", "/v3/api-docs"})
  void thePagesAreOpen(String path) {
    assertThat(RawRequest.of("GET", path).send(port).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?access_token={t}",
        "?token={t}",
        "?limit=5&token={t}",
        "?%74oken={t}",
        "?access%5ftoken=x",
        "?token"
      })
  void aTokenInTheQueryIsRefusedEvenWithAValidHeader(String query) {
    var path = "/v1/threads" + query.replace("{t}", ALL);

    for (var answer : List.of(get("all", path).send(port), RawRequest.of("GET", path).send(port))) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("\"token_in_query\"").doesNotContain(ALL);
    }
  }

  @Test
  void unknownPathsAndMethodsAreNamedOnlyToCallersWithAToken() {
    for (var path : List.of("/v1/nothing", "/nothing", "/v1/threads/x/y/z", "/webjars/")) {
      assertUnauthenticated(RawRequest.of("GET", path).send(port), "Bearer");
      assertThat(get("only-read", path).send(port).status()).as(path).isEqualTo(404);
    }
    var put = with(ALL, RawRequest.of("PUT", "/v1/threads")).send(port);
    assertThat(put.status()).isEqualTo(405);
    assertThat(put.header("Allow")).isEqualTo("GET, HEAD, POST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v1//threads", "/v1/threads;x", "/%761/threads", "/x/../v1/threads", "/v1/%zz"})
  void anAmbiguousPathIsRefusedBeforeTheTokenIsRead(String path) {
    assertThat(RawRequest.of("GET", path).send(port).status()).isEqualTo(400);
  }

  @Test
  void preflightsNeedNoTokenAndAllowTheHeader() {
    var preflight =
        RawRequest.of("OPTIONS", "/v1/threads")
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .send(port);

    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.header("Access-Control-Allow-Headers")).contains("Authorization");
    var refused =
        RawRequest.of("GET", "/v1/threads").header("Origin", "https://app.example").send(port);
    assertUnauthenticated(refused, "Bearer");
    assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
    assertThat(refused.header("Access-Control-Expose-Headers")).contains("WWW-Authenticate");
  }

  @Test
  void responsesHaveTheHeadersOfTheServiceAndNoCookie() {
    var refused = RawRequest.of("GET", "/v1/threads").send(port);
    var accepted = get("all", "/v1/threads").send(port);

    for (var answer : List.of(refused, accepted)) {
      assertThat(answer.header("Content-Security-Policy")).isEqualTo("frame-ancestors 'none'");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.headers())
          .noneMatch(
              line -> line.matches("(?i)(set-cookie|x-frame-options|pragma|expires|x-xss).*"));
    }
  }

  @Test
  void aTurnRunsWithUploadsAndEvents() throws IOException {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var authorization = new String[] {"authorization", "Bearer " + ALL};
    try (var events = EventClient.open(port, thread(thread) + "/events?after=-1", authorization);
        var upload = OpenUpload.chunked(port, turn(thread, turn) + "/items", ALL)) {
      expect(200, client.append(thread, turn, "\"one\""));
      upload.send("{\"type\":\"x\",\"payload\":\"two\"}\n");
      events.awaitEvents(3);
      for (int n = 0; n < 1000; n++) {
        upload.send("{\"type\":\"x\",\"payload\":\"%d\"}\n".formatted(n));
      }
      assertThat(upload.end().status()).isEqualTo(200);
      await().until(() -> events.items().size() >= 1002);
    }
    expect(200, client.complete(thread, turn));
  }

  /// Nothing of a refused body is read: the answer comes before the client has sent it.
  @Test
  void anUploadWithoutATokenIsRefusedBeforeItsBody() throws IOException {
    var thread = client.startThread();
    try (var upload = OpenUpload.chunked(port, thread(thread) + "/items")) {
      assertThat(upload.answer().at("code")).isEqualTo("unauthenticated");
    }
    assertThat(expect(200, client.get(thread(thread))).at("itemCount")).isEqualTo("1");
  }

  /// The caller keeps the items: nothing was accepted, so nothing is missing.
  @Test
  void aRefusedAppendIsNoSkip() {
    var thread = client.startThread();
    var bare = new RollbookClient(port);

    expect(401, bare.post(thread(thread) + "/items", body("1")));
    expect(
        403, bare.withToken(TOKENS.token("only-read")).post(thread(thread) + "/items", body("1")));

    assertThat(expect(200, client.get(thread(thread))).at("completeness")).isEqualTo("complete");
    assertThat(client.get(thread(thread) + "/gaps").json().path("data")).isEmpty();
    assertThat(skipLines(thread)).isEmpty();
  }

  @Test
  void theLocalTokenOfTheDataDirIsAccepted() throws IOException {
    var local = Files.readString(DATA.resolve("token")).strip();

    expect(200, new RollbookClient(port).withToken(local).get("/v1/threads"));
  }

  @Test
  void tokensAreReplacedWithoutARestart() {
    var first = TOKENS.token("rotated", EnumSet.of(Scope.READ));
    awaitRead(first);
    var second = TOKENS.token("rotated-again", EnumSet.of(Scope.READ));
    awaitRead(second);
    expect(200, withToken(first).get("/v1/threads"));

    TOKENS.remove("rotated");

    await().until(() -> withToken(first).get("/v1/threads").status() == 401);
    expect(200, withToken(second).get("/v1/threads"));
  }

  @Test
  void aBrokenFileKeepsTheTokensAndDegradesTheHealth() throws IOException {
    var text = Files.readString(TOKENS.file());
    try {
      Files.writeString(TOKENS.file(), text + "- nonsense\n");

      await()
          .until(() ->
              get("all", "/actuator/health").send(managementPort).body().contains("\"error\":\""));
      var health = get("all", "/actuator/health").send(managementPort);
      assertThat(health.status()).isEqualTo(200);
      assertThat(health.body()).contains("\"status\":\"DEGRADED\"", TOKENS.file().toString());
      expect(200, client.get("/v1/threads"));
      assertThat(logged(Level.WARN)).anyMatch(line -> line.contains(TOKENS.file().toString()));
    } finally {
      Files.writeString(TOKENS.file(), text);
    }
    await()
        .until(() ->
            !get("all", "/actuator/health").send(managementPort).body().contains("\"error\":\""));
  }

  /// At levels that nobody can set over HTTP, and in responses and meters.
  @Test
  void noTokenIsLoggedOrAnsweredOrCounted() {
    var loggers =
        Stream.of("org.springframework.security", "org.springframework.web", "dev.rollbook")
            .map(AuthenticationHttpTest::logger)
            .toList();
    var levels = loggers.stream().map(Logger::getLevel).toList();
    var answers = new StringBuilder();
    loggers.forEach(logger -> logger.setLevel(Level.TRACE));
    try {
      for (var token : List.of(ALL, EXPIRED, TOKENS.token("only-read"), ALL + "x")) {
        for (var request :
            List.of(
                RawRequest.of("GET", "/v1/threads"),
                RawRequest.of("POST", "/v1/threads"),
                RawRequest.of("GET", "/v1/threads?token=" + token),
                RawRequest.of("GET", "/v1/nothing"))) {
          answers.append(with(token, request).send(port));
        }
      }
    } finally {
      for (int n = 0; n < levels.size(); n++) {
        loggers.get(n).setLevel(levels.get(n));
      }
    }
    var meters = get("all", "/actuator/prometheus").send(managementPort).body();

    assertThat(logged(Level.TRACE)).anyMatch(line -> line.contains("SecurityContextHolder"));
    for (var token : List.of(ALL, EXPIRED, TOKENS.token("only-read"))) {
      assertThat(answers.toString()).doesNotContain(secretOf(token));
      assertThat(meters).doesNotContain(secretOf(token));
      assertThat(loggedEvents())
          .noneMatch(event -> event.getFormattedMessage().contains(secretOf(token)));
    }
  }

  private static String secretOf(String token) {
    return token.split("_")[2];
  }

  private static Logger logger(String name) {
    return (Logger) LoggerFactory.getLogger(name);
  }

  private RollbookClient withToken(String token) {
    return new RollbookClient(port).withToken(token);
  }

  /// The file is read again within a second.
  private void awaitRead(String token) {
    await()
        .until(() -> with(token, RawRequest.of("GET", "/v1/nothing")).send(port).status() == 404);
  }
}
