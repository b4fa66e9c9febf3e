package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RawRequest;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.web.security.access.Scope;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The audit of requests.
class AuditHttpTest extends AbstractAuthenticationHttpTest {
  private static final List<String> MEMBERS =
      List.of(
          "at",
          "requestId",
          "tenant",
          "caller",
          "mechanism",
          "keyId",
          "address",
          "action",
          "threadId",
          "outcome",
          "status");

  @Autowired OffsetClock clock;

  @AfterEach
  void setTheClockBack() {
    clock.setForward(Duration.ZERO);
  }

  @Test
  void aDeletionIsInTheAuditBeforeAndAfterIt() {
    var thread = client.startThread();
    expect(204, client.delete(thread(thread)));

    var lines = lines(thread);
    assertThat(lines).extracting(line -> text(line, "outcome")).containsExactly("started", "done");
    assertThat(lines).extracting(line -> text(line, "requestId")).doesNotContainNull();
    assertThat(text(lines.get(0), "requestId")).isEqualTo(text(lines.get(1), "requestId"));
    assertThat(lines.get(1).propertyNames()).containsExactlyElementsOf(MEMBERS);
    assertThat(text(lines.get(1), "action")).isEqualTo("thread.delete");
    assertThat(text(lines.get(1), "caller")).isEqualTo("all");
    assertThat(text(lines.get(1), "tenant")).isEqualTo("default");
    assertThat(text(lines.get(1), "mechanism")).isEqualTo("token");
    assertThat(text(lines.get(1), "keyId")).isEqualTo(ALL.split("_")[1]);
    assertThat(text(lines.get(1), "address")).isEqualTo("127.0.0.1");
    assertThat(lines.get(1).path("status").asInt()).isEqualTo(204);
  }

  @Test
  void aDeletionOfAThreadThatIsNotThereIsRefusedInTheAudit() {
    var missing = "01a20400-0000-7000-8000-0000000000aa";
    expect(404, client.delete(thread(missing)));

    assertThat(lines(missing))
        .extracting(line -> text(line, "outcome"))
        .containsExactly("started", "refused");
  }

  @Test
  void anExportIsInTheAuditAndOtherReadsAreNot() {
    var thread = client.startThread();
    client.startTurn(thread);
    expect(200, client.get(thread(thread)));
    expect(200, client.get(thread(thread) + "/rollout"));
    assertThat(lines(thread)).isEmpty();

    expect(200, client.get(thread(thread) + "/rollout?format=codex"));
    var encoded = RawRequest.of("GET", thread(thread) + "/rollout?%66ormat=codex");
    assertThat(with(ALL, encoded).send(port).status()).isEqualTo(200);
    client.post(thread(thread) + "/export", "{\"codexHome\":\"/nowhere\"}");

    assertThat(lines(thread))
        .extracting(line -> text(line, "action") + " " + text(line, "outcome"))
        .containsExactly(
            "thread.export started",
            "thread.export done",
            "thread.export started",
            "thread.export done",
            "thread.export started",
            "thread.export refused");
  }

  @Test
  void changesByOperatorsAreInTheAuditWithoutTheirContent() {
    var operator = TOKENS.token("operator", EnumSet.of(Scope.OPERATE));
    awaitAccepted("operator");
    var set = RawRequest.of("POST", "/actuator/loggers/dev.rollbook.persistence");
    assertThat(
            with(operator, set.body("application/json", "{\"configuredLevel\":\"DEBUG\"}"))
                .send(managementPort)
                .status())
        .isEqualTo(204);
    with(operator, RawRequest.of("POST", "/actuator/retention").body("application/json", "{}"))
        .send(managementPort);

    assertThat(all().filter(line -> "operator".equals(text(line, "caller"))))
        .extracting(line -> text(line, "action") + " " + text(line, "outcome"))
        .containsExactly(
            "loggers.write started",
            "loggers.write done",
            "retention.write started",
            "retention.write done");
  }

  @Test
  void addedAndRemovedTokensAreInTheAuditWithTheServiceAsCaller() {
    var token = TOKENS.token("short-lived", EnumSet.of(Scope.READ));
    awaitAccepted("short-lived");
    var key = token.split("_")[1];
    await().until(() -> actionsOf(key).equals(List.of("token.add")));

    TOKENS.remove("short-lived");

    await().until(() -> actionsOf(key).equals(List.of("token.add", "token.remove")));
    assertThat(all().filter(line -> key.equals(text(line, "key"))))
        .allMatch(line -> "service".equals(text(line, "mechanism")));
  }

  @Test
  void withoutAnAuditNothingIsDeletedOrExportedAndTurnsGoOn() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var audit = DATA.resolve("audit");
    disk.failWrites(path -> path.startsWith(audit), FaultyDisk.noSpaceLeft());

    var deletion = expect(503, client.delete(thread(thread)));
    assertThat(deletion.at("code")).isEqualTo("audit_unavailable");
    assertThat(deletion.json().path("retryable").asBoolean()).isTrue();
    expect(503, client.get(thread(thread) + "/rollout?format=codex"));
    expect(200, client.append(thread, turn, "{\"type\":\"x\"}"));
    assertThat(health()).contains("\"audit\":{\"details\":{", "\"status\":\"DEGRADED\"");
    assertThat(RawRequest.of("GET", "/v1/threads").send(port).status()).isEqualTo(401);

    disk.heal();
    await().until(() -> !health().contains("lostEntries"));
    expect(204, client.delete(thread(thread)));
    assertThat(all()).anyMatch(line -> "audit.resume".equals(text(line, "action")));
    assertThat(lines(thread))
        .extracting(line -> text(line, "outcome"))
        .containsExactly("started", "done");
  }

  @Test
  void noTokenAndNoContentIsInTheAudit() {
    var thread = client.startThread("{\"name\":\"the name of this thread\"}");
    expect(200, client.append(thread, client.startTurn(thread), "{\"type\":\"audited content\"}"));
    expect(200, client.get("/v1/search?q=audited"));
    RawRequest.of("GET", "/v1/search?q=secret").header("Authorization", "Bearer guess").send(port);
    expect(204, client.delete(thread(thread)));

    assertThat(content())
        .contains(thread)
        .doesNotContain("rbk_", "guess", "the name", "audited", "secret");
  }

  @Test
  void aTicketIsInTheAuditWithItsThread() {
    var thread = client.startThread();

    expect(200, client.post("/v1/stream-tickets", "{\"threadId\":\"%s\"}".formatted(thread)));

    var lines = lines(thread);
    assertThat(lines)
        .extracting(line -> text(line, "action") + " " + text(line, "outcome"))
        .containsExactly("ticket.create done");
    assertThat(all().map(line -> text(line, "requestId") + " " + text(line, "outcome")))
        .contains(text(lines.getFirst(), "requestId") + " started");
  }

  @Test
  void theReuseOfTheIdOfADeletedThreadIsInTheAudit() {
    var thread = client.startThread();
    expect(204, client.delete(thread(thread)));

    expect(201, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(thread)));

    var last = lines(thread).getLast();
    assertThat(text(last, "action")).isEqualTo("thread.undelete");
    assertThat(text(last, "tenant")).isEqualTo("default");
    assertThat(text(last, "caller")).isEqualTo("all");
    assertThat(text(last, "mechanism")).isEqualTo("service");
  }

  @Test
  void requestsThatAccessControlRefusesAreCountedAndInTheAudit() {
    // The next minute, of which the first ten are written.
    clock.setForward(Duration.ofMinutes(2));
    var refused =
        Map.of(
            "host", RawRequest.of("GET", "/v1/threads").header("Host", "evil.example"),
            "origin", RawRequest.of("GET", "/v1/threads").header("Origin", "https://evil.example"),
            "path", RawRequest.of("GET", "//v1/threads"),
            "token_in_query", RawRequest.of("GET", "/v1/threads?token=x"),
            "unauthenticated", RawRequest.of("GET", "/v1/threads"),
            "forbidden", get("only-append", "/v1/threads"),
            "directory", with(ALL, importOf("/nowhere")));
    var counted = new HashMap<String, Double>();
    refused.keySet().forEach(reason -> counted.put(reason, refusals(reason)));
    long sampled = sampled().count();

    var statuses = refused.values().stream().map(request -> request.send(port).status()).toList();

    assertThat(statuses).containsExactlyInAnyOrder(421, 403, 400, 400, 401, 403, 403);
    refused
        .keySet()
        .forEach(
            reason -> assertThat(refusals(reason)).as(reason).isEqualTo(counted.get(reason) + 1));
    assertThat(sampled().skip(sampled).map(line -> line.path("status").asInt()))
        .containsExactlyElementsOf(statuses);
  }

  private static RawRequest importOf(String path) {
    return RawRequest.of("POST", "/v1/imports")
        .body("application/json", "{\"path\":\"%s\"}".formatted(path));
  }

  private static Stream<JsonNode> sampled() {
    return all()
        .filter(line -> "request.refuse".equals(text(line, "action")))
        .filter(line -> line.has("status"));
  }

  private double refusals(String reason) {
    return context
        .getBean(MeterRegistry.class)
        .get("http.refused")
        .tag("reason", reason)
        .counter()
        .count();
  }

  private void awaitAccepted(String principal) {
    var path = "/actuator/health";
    await()
        .until(() ->
            get("only-operate", path)
                .send(managementPort)
                .body()
                .contains("\"principal\":\"" + principal + "\""));
  }

  private String health() {
    return get("only-operate", "/actuator/health").send(managementPort).body();
  }

  private List<String> actionsOf(String key) {
    return all()
        .filter(line -> key.equals(text(line, "key")))
        .map(line -> text(line, "action"))
        .toList();
  }

  private static List<JsonNode> lines(String thread) {
    return all().filter(line -> thread.equals(text(line, "threadId"))).toList();
  }

  private static String text(JsonNode line, String member) {
    return line.path(member).stringValue(null);
  }

  private static Stream<JsonNode> all() {
    return content().lines().map(line -> JsonMapper.shared().readTree(line));
  }

  private static String content() {
    try (var files = Files.list(DATA.resolve("audit"))) {
      var content = new StringBuilder();
      for (var file : files.sorted().toList()) {
        content.append(Files.readString(file));
      }
      return content.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
