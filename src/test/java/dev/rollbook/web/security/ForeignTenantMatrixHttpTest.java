package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every call with the ids of another tenant gets the same response as with ids that do not exist:
/// status, headers and body, apart from the ids.
class ForeignTenantMatrixHttpTest extends AbstractAuthenticationHttpTest {
  private static final String NDJSON = "application/x-ndjson";
  private static final String ITEM = "{\"type\":\"response_item\",\"payload\":{}}";

  /// Calls without the id of a thread or an import: `TenantsHttpTest` has a test for each.
  private static final List<String> WITHOUT_IDS =
      List.of(
          "GET /v1/events",
          "GET /v1/facets",
          "GET /v1/gaps",
          "GET /v1/imports",
          "GET /v1/search",
          "GET /v1/threads",
          "GET /v1/usage",
          "POST /v1/imports",
          "POST /v1/stream-tickets",
          "POST /v1/threads");

  private final Map<String, String> foreign = new HashMap<>();
  private final Map<String, String> missing = new HashMap<>();
  private RollbookClient ann;

  @BeforeEach
  void startAThreadOfAnotherTenant() {
    ann = new RollbookClient(port).withToken(ANN);
    var thread = ann.startThread("{\"name\":\"secret\"}");
    var turn = ann.startTurn(thread);
    expect(200, ann.append(thread, turn, "{\"text\":\"secret\"}"));
    expect(200, ann.post(thread(thread) + "/shutdown"));
    var gap = ann.append(thread, turn, "{}").at("persistence", "gapId");
    expect(200, ann.post(thread(thread) + "/resume"));
    foreign.put("threadId", thread);
    foreign.put("turnId", turn);
    foreign.put("gapId", gap);
    foreign.put("importId", importOf(ann).at("id"));
    foreign.forEach((name, id) -> missing.put(name, UUID.randomUUID().toString()));
  }

  @Test
  void everyCallIsAnsweredAsIfTheIdsDidNotExist() {
    for (var operation : withIds()) {
      for (var request : requests(operation)) {
        assertSame(request.of(foreign), request.of(missing));
      }
    }
    assertUnchanged();
  }

  @Test
  void threadsThatAreNotInMemoryAreHiddenToo() {
    saveRows();
    expect(200, ann.post(turn(foreign.get("threadId"), foreign.get("turnId")) + "/complete"));
    client = ann;
    unload(foreign.get("threadId"));

    for (var operation : withIds()) {
      for (var request : requests(operation)) {
        assertSame(request.of(foreign), request.of(missing));
      }
    }
    assertThat(ann.get(thread(foreign.get("threadId"))).at("status")).isEqualTo("notLoaded");
  }

  @Test
  void archivedAndDeletedThreadsAreHiddenToo() {
    var thread = foreign.get("threadId");
    expect(200, ann.post(turn(thread, foreign.get("turnId")) + "/complete"));
    expect(200, ann.post(thread(thread) + "/archive"));
    for (var operation : withIds()) {
      for (var request : requests(operation)) {
        assertSame(request.of(foreign), request.of(missing));
      }
    }

    expect(204, ann.delete(thread(thread)));
    for (var operation : withIds()) {
      if (!operation.path().contains("importId")) {
        for (var request : requests(operation)) {
          assertSame(request.of(foreign), request.of(missing));
        }
      }
    }
  }

  @Test
  void callsWithoutIdsAreKnown() {
    assertThat(
            api.operations().stream()
                .filter(operation -> !operation.path().contains("{"))
                .map(operation -> operation.method() + " " + operation.path()))
        .as("calls without the id of a thread or an import; add a test to TenantsHttpTest")
        .containsExactlyInAnyOrderElementsOf(WITHOUT_IDS);
  }

  private List<Operation> withIds() {
    var found =
        api.operations().stream()
            .filter(operation -> operation.path().matches(".*\\{(threadId|importId)}.*"))
            .toList();
    assertThat(found).hasSizeGreaterThan(20);
    return found;
  }

  private void assertSame(RawRequest ofForeign, RawRequest ofMissing) {
    var answer = with(BOB, ofForeign).send(port);
    var expected = with(BOB, ofMissing).send(port);

    assertThat(answer.status()).as("%s%n%s", ofForeign, answer).isEqualTo(404);
    assertThat(normal(answer, foreign))
        .as(ofForeign.toString())
        .isEqualTo(normal(expected, missing));
    assertThat(answer.body()).doesNotContain("secret", "team-a", "ann");
  }

  /// The whole response without ids and the time.
  private static String normal(RawRequest.Answer answer, Map<String, String> ids) {
    var text =
        answer.headers().stream()
                .filter(header -> !header.startsWith("Date:"))
                .collect(Collectors.joining("\n"))
            + "\n\n"
            + answer.body();
    for (var id : ids.entrySet()) {
      text = text.replace(id.getValue(), id.getKey());
    }
    return answer.status() + "\n" + text;
  }

  private void assertUnchanged() {
    var thread = ann.get(thread(foreign.get("threadId")));
    assertThat(thread.at("name")).isEqualTo("secret");
    assertThat(thread.at("status")).isEqualTo("active");
    assertThat(thread.at("activeTurnId")).isEqualTo(foreign.get("turnId"));
    assertThat(thread.at("completeness")).isEqualTo("gapped");
    assertThat(thread.at("archivedAt")).isEqualTo("null");
    assertThat(ann.get("/v1/imports/" + foreign.get("importId")).at("status"))
        .isNotEqualTo("cancelled");
  }

  private static Answer importOf(RollbookClient caller) {
    var rollout =
        "{\"timestamp\":\"2025-10-01T12:00:01.000Z\",\"type\":\"session_meta\",\"payload\":{\"id\":\"%s\"}}%n"
            .formatted(UUID.randomUUID());
    return expect(
        202,
        caller.send(
            "POST",
            "/v1/imports",
            rollout.getBytes(StandardCharsets.UTF_8),
            "content-type",
            NDJSON));
  }

  /// Requests of one call that differ in what the service reads before it looks for the thread.
  private static List<Request> requests(Operation operation) {
    var call = new Request(operation.method(), operation.path(), "", "", "");
    var requests = new ArrayList<>(List.of(call));
    switch (operation.method()) {
      case "GET" -> {
        requests.add(new Request("HEAD", operation.path(), "", "", ""));
        requests.add(call.accepting(NDJSON));
        requests.add(call.accepting("text/event-stream"));
        if (operation.path().endsWith("/rollout")) {
          requests.add(call.with("?format=codex"));
        }
        if (operation.path().endsWith("/items")) {
          requests.add(call.with("?turnId={turnId}"));
          requests.add(call.with("?payload=preview"));
        }
        if (operation.path().endsWith("/events")) {
          requests.add(call.with("?after=-1"));
        }
      }
      case "PATCH" -> {
        requests.clear();
        requests.add(call.body("application/merge-patch+json", "{\"name\":\"bob's\"}"));
      }
      case "PUT" -> {
        requests.clear();
        requests.add(call.body("application/json", body("{}")));
      }
      case "POST" -> {
        if (operation.path().endsWith("/items")) {
          requests.clear();
          requests.add(call.body("application/json", body("{}")));
          requests.add(call.with("?expectedOrdinal=7").body(NDJSON, ITEM));
          requests.add(call.body(NDJSON, ITEM));
          requests.add(call.with("?wrap=codex_exec").body(NDJSON, ITEM));
        } else if (operation.path().endsWith("/turns")) {
          requests.add(call.body("application/json", "{\"id\":\"{turnId}\"}"));
        } else if (operation.path().endsWith("/export")) {
          requests.clear();
          requests.add(
              call.body("application/json", "{\"codexHome\":\"%s\"}".formatted(codexHome())));
        } else {
          requests.add(call.body("application/json", "{}"));
        }
      }
      default -> {}
    }
    // A call that does not offer the type answers 406 to both, before it looks for the thread.
    requests.removeIf(request -> !request.isOffered(operation));
    return requests;
  }

  /// A request with names instead of ids.
  private record Request(String method, String target, String accept, String type, String content) {
    Request accepting(String type) {
      return new Request(method, target, type, "", "");
    }

    Request with(String query) {
      return new Request(method, target + query, accept, type, content);
    }

    Request body(String type, String content) {
      return new Request(method, target, accept, type, content);
    }

    boolean isOffered(Operation operation) {
      return accept.isEmpty()
          || operation.description().path("responses").path("200").path("content").has(accept);
    }

    RawRequest of(Map<String, String> ids) {
      var request = RawRequest.of(method, filled(target, ids));
      if (!accept.isEmpty()) {
        request.header("Accept", accept);
      }
      return type.isEmpty() ? request : request.body(type, filled(content, ids));
    }

    private static String filled(String text, Map<String, String> ids) {
      var filled = text.replace("{ordinal}", "2");
      for (var id : ids.entrySet()) {
        filled = filled.replace("{" + id.getKey() + "}", id.getValue());
      }
      return filled;
    }
  }
}
