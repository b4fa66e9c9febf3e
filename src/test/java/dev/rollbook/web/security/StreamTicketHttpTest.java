package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Web pages follow a thread with a ticket in the URL, and can do nothing else with it.
class StreamTicketHttpTest extends AbstractAuthenticationHttpTest {
  private static final String INVALID = "Bearer error=\"invalid_token\"";
  private RollbookClient ann;
  private String thread;

  @BeforeEach
  void startAThread() {
    ann = new RollbookClient(port).withToken(ANN);
    thread = ann.startThread();
  }

  @Test
  void aTicketFollowsTheThreadAgainAndAgain() {
    var before = Instant.now();
    var answer = expect(200, ann.post("/v1/stream-tickets", wanted(thread)));
    assertThat(Instant.parse(answer.at("expiresAt")))
        .isBetween(
            before.plus(Duration.ofMinutes(10)).minusMillis(1),
            Instant.now().plus(Duration.ofMinutes(10)));
    var events = events(thread) + "?after=-1&ticket=" + answer.at("ticket");

    try (var stream = EventClient.open(port, events)) {
      expect(200, ann.post(thread(thread) + "/items", body("1")));
      stream.awaitEvents(2);
    }
    expect(200, ann.post(thread(thread) + "/items", body("2")));
    try (var stream = EventClient.open(port, events, "Last-Event-ID", "1")) {
      assertThat(stream.awaitEvents(1).getFirst().ordinal()).isEqualTo(2);
    }
  }

  @Test
  void aCallerWithAJsonWebTokenGetsATicketToo() {
    var robot = new RollbookClient(port).withToken(ISSUER.token("read append"));
    var its = robot.startThread();

    var ticket = ticket(robot, its);

    assertThat(head(events(its) + "?ticket=" + ticket).status()).isEqualTo(200);
  }

  @Test
  void noOtherCallAcceptsATicket() {
    var ticket = ticket(ann, thread);

    for (var operation : api.operations()) {
      if (!operation.path().equals("/v1/threads/{threadId}/events")) {
        var path =
            operation
                .path()
                .replace("{threadId}", thread)
                .replaceAll("\\{[^}]*}", UUID.randomUUID().toString());
        var request = RawRequest.of(operation.method(), path + "?ticket=" + ticket);
        assertUnauthenticated(request.head(port), "Bearer");
      }
      assertUnauthenticated(
          with(ticket, RawRequest.of(operation.method(), operation.path().replaceAll("[{}]", "")))
              .head(port),
          INVALID);
    }
    assertUnauthenticated(head(events(thread)), "Bearer");
    assertUnauthenticated(
        RawRequest.of("POST", events(thread) + "?ticket=" + ticket).send(port), "Bearer");
    var known = with(ANN, RawRequest.of("GET", "/v1/threads?ticket=" + ticket)).send(port);
    assertThat(known.status()).isEqualTo(400);
    assertThat(known.body()).contains("is not a parameter of this call").doesNotContain(ticket);
  }

  @Test
  void aTicketOfAnotherThreadOrAForgedOneIsRefused() {
    var ticket = ticket(ann, thread);
    var other = ann.startThread();
    var dot = ticket.indexOf('.');
    var otherTicket = ticket(ann, other);

    assertUnauthenticated(send(events(other) + "?ticket=" + ticket), INVALID);
    for (var forged :
        List.of(
            "",
            "x",
            ".",
            "..",
            "%",
            "%20.%20",
            ticket.substring(0, dot),
            ticket.substring(0, dot + 1),
            ticket + "x",
            otherTicket.substring(0, dot) + ticket.substring(dot))) {
      var answer = send(events(thread) + "?ticket=" + forged);
      assertUnauthenticated(answer, INVALID);
      assertThat(answer.body()).contains("POST /v1/stream-tickets");
    }
    assertUnauthenticated(
        send("/v1/threads/%s/events?ticket=x".formatted("x".repeat(36))), INVALID);
  }

  @Test
  void theTokenInTheHeaderDecidesWhoTheCallerIs() {
    var ticket = ticket(ann, thread);
    var withTicket = events(thread) + "?ticket=" + ticket;

    assertThat(with(BOB, RawRequest.of("GET", withTicket)).send(port).status()).isEqualTo(404);
    assertUnauthenticated(with("x", RawRequest.of("GET", withTicket)).send(port), INVALID);
    var ofNobody = with(ANN, RawRequest.of("GET", events(thread) + "?ticket=x"));
    assertThat(ofNobody.head(port).status()).isEqualTo(200);
    // Credentials for a proxy, which browsers send with each request.
    var basic = RawRequest.of("GET", withTicket).header("Authorization", "Basic eDp4");
    assertThat(basic.head(port).status()).isEqualTo(200);
  }

  @Test
  void aTicketEndsWithItsToken() {
    var token = TOKENS.token("page", EnumSet.of(Scope.READ, Scope.APPEND));
    await()
        .until(() -> new RollbookClient(port).withToken(token).get("/v1/threads").status() == 200);
    var page = new RollbookClient(port).withToken(token);
    var its = page.startThread();
    var events = events(its) + "?ticket=" + ticket(page, its);
    assertThat(head(events).status()).isEqualTo(200);

    TOKENS.remove("page");

    await().until(() -> head(events).status() == 401);
  }

  @Test
  void aTicketNeedsAThread() {
    expect(400, ann.post("/v1/stream-tickets", "{}"));
    expect(400, ann.post("/v1/stream-tickets", wanted("x")));
    expect(404, ann.post("/v1/stream-tickets", wanted(UUID.randomUUID().toString())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ticket=", "after=-1&ticket=", "%74icket=", "ticket=x&ticket="})
  void noTicketIsLoggedOrAnsweredOrCounted(String parameter) throws IOException {
    var ticket = ticket(ann, thread);
    var loggers =
        Stream.of("org.springframework", "org.apache.catalina", "dev.rollbook")
            .map(name -> (Logger) LoggerFactory.getLogger(name))
            .toList();
    var levels = loggers.stream().map(Logger::getLevel).toList();
    var answers = new StringBuilder();
    loggers.forEach(logger -> logger.setLevel(Level.TRACE));
    try {
      for (var path : List.of(events(thread), "/v1/threads", "/v1/events", "/v1/nothing")) {
        var target = path + "?" + parameter + ticket;
        answers.append(head(target));
        answers.append(with(ANN, RawRequest.of("POST", target)).send(port));
      }
    } finally {
      for (int n = 0; n < levels.size(); n++) {
        loggers.get(n).setLevel(levels.get(n));
      }
    }
    var secret = ticket.substring(ticket.indexOf('.') + 1);
    var meters = get("all", "/actuator/prometheus").send(managementPort).body();

    await().until(() -> texts(ACCESS_LOG).contains(thread + "/events?"));
    assertThat(texts(ACCESS_LOG)).contains("ticket=redacted").doesNotContain(secret);
    assertThat(texts(DATA.resolve("audit"))).contains("ticket.create").doesNotContain(secret);
    assertThat(answers.toString()).doesNotContain(secret);
    assertThat(meters).doesNotContain(secret);
    assertThat(logged(Level.TRACE)).anyMatch(line -> line.contains("ticket=redacted"));
    assertThat(loggedEvents()).noneMatch(event -> event.getFormattedMessage().contains(secret));
  }

  private static String texts(Path directory) throws IOException {
    var texts = new StringBuilder();
    try (var files = Files.list(directory)) {
      for (var file : files.toList()) {
        texts.append(Files.readString(file));
      }
    }
    return texts.toString();
  }

  private static String ticket(RollbookClient caller, String thread) {
    return expect(200, caller.post("/v1/stream-tickets", wanted(thread))).at("ticket");
  }

  private static String wanted(String thread) {
    return "{\"threadId\":\"%s\"}".formatted(thread);
  }

  private static String events(String thread) {
    return thread(thread) + "/events";
  }

  private RawRequest.Answer head(String path) {
    return RawRequest.of("GET", path).head(port);
  }

  private RawRequest.Answer send(String path) {
    return RawRequest.of("GET", path).send(port);
  }
}
