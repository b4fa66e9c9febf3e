package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Life cycle of a thread over HTTP.
class ThreadsHttpTest extends HttpTest {
  @Test
  void aThreadThatStartsHasItsRolloutAtOnce() throws IOException {
    var answer =
        expect(
            201,
            client.post(
                "/v1/threads",
                """
                {"name":"fix the build","cwd":"/home/dev","model":"m","modelProvider":"p",
                 "source":"ide","cliVersion":"1.2","metadata":{"b":1.50,"a":[]}}
                """));

    var id = answer.at("id");
    assertThat(answer.header("location")).isEqualTo(thread(id));
    assertThat(answer.json().path("resume").isNull()).isTrue();
    assertThat(answer.at("status")).isEqualTo("idle");
    assertThat(answer.at("completeness")).isEqualTo("complete");
    assertThat(answer.text()).contains("\"metadata\":{\"b\":1.50,\"a\":[]}");
    assertThat(files.exists(rollout(id))).isTrue();
    assertThat(client.lines(id)).singleElement().asString().contains("\"session_meta\"");
  }

  @Test
  void timesHaveMillisecondsAndIdsAreOfVersion7() {
    var answer = client.post("/v1/threads");

    assertThat(answer.at("createdAt"))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(UUID.fromString(answer.at("id")).version()).isEqualTo(7);
  }

  @Test
  void aStartWithAnExistingIdReturnsTheExistingThread() {
    var id = UUID.randomUUID().toString();
    var json = "{\"id\":\"%s\",\"name\":\"%s\"}";

    expect(201, client.post("/v1/threads", json.formatted(id, "first")));
    var again = expect(200, client.post("/v1/threads", json.formatted(id, "second")));

    assertThat(again.at("name")).isEqualTo("first");
    assertThat(client.lines(id)).hasSize(1);
  }

  @Test
  void anUnknownThreadIsReportedWithItsIdAndARemedy() {
    var id = UUID.randomUUID().toString();

    var problem = expect(404, client.get(thread(id)));

    assertThat(problem.contentType()).isEqualTo("application/problem+json");
    assertThat(problem.at("code")).isEqualTo("thread_not_found");
    assertThat(problem.at("detail")).isEqualTo("thread " + id + " not found");
    assertThat(problem.at("threadId")).isEqualTo(id);
    assertThat(problem.at("retryable")).isEqualTo("false");
    assertThat(problem.at("recovery")).isEqualTo("start_fresh");
  }

  @Test
  void aPatchMergesAndIsInTheRollout() throws IOException {
    var id =
        client.startThread(
            "{\"name\":\"old\",\"metadata\":{\"keep\":1.0,\"drop\":2,\"in\":{\"x\":1}}}");

    var patched = patch(id, "{\"name\":null,\"metadata\":{\"drop\":null,\"in\":{\"y\":2}}}", "*");

    expect(200, patched);
    assertThat(patched.json().path("name").isNull()).isTrue();
    assertThat(patched.text()).contains("\"metadata\":{\"keep\":1.0,\"in\":{\"x\":1,\"y\":2}}");
    assertThat(client.lines(id))
        .anyMatch(line -> line.contains("thread_name_updated"))
        .anyMatch(line -> line.contains("thread_metadata_updated"));
    assertThat(files.readString(dataDir().resolve("session_index.jsonl"))).contains(id);
  }

  @Test
  void aPatchWithAStaleETagIsRejected() {
    var id = client.startThread();
    var etag = client.get(thread(id)).header("etag");
    expect(200, patch(id, "{\"name\":\"mine\"}", etag));

    var late = expect(412, patch(id, "{\"name\":\"yours\"}", etag));

    assertThat(late.at("code")).isEqualTo("precondition_failed");
    assertThat(client.get(thread(id)).at("name")).isEqualTo("mine");
  }

  @Test
  void anAppendDoesNotChangeTheETag() {
    var id = client.startThread();
    var etag = client.get(thread(id)).header("etag");
    client.post(thread(id) + "/items", body("1"));

    expect(200, patch(id, "{\"name\":\"still\"}", etag));
  }

  @Test
  void anArchivedThreadIsMovedAndRejectsAppendsUntilUnarchived() throws IOException {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/items", body("1")));

    var archived = expect(200, client.post(thread(id) + "/archive"));
    assertThat(archived.at("rollout", "path")).startsWith("archived_sessions/rollout-");
    assertThat(archived.at("archivedAt")).isNotEqualTo("null");
    assertThat(files.exists(rollout(id))).isTrue();
    assertThat(expect(409, client.post(thread(id) + "/items", body("2"))).at("code"))
        .isEqualTo("thread_archived");
    assertThat(expect(409, client.post(thread(id) + "/turns", "{}")).at("code"))
        .isEqualTo("thread_archived");
    assertThat(client.lines(id)).hasSize(2);

    var back = expect(200, client.post(thread(id) + "/unarchive"));
    assertThat(back.at("rollout", "path")).startsWith("sessions/");
    expect(200, client.post(thread(id) + "/items", body("2")));
    assertThat(client.lines(id)).hasSize(3);
  }

  @Test
  void aThreadWithARunningTurnIsNotArchived() {
    var id = client.startThread();
    client.startTurn(id);

    assertThat(expect(409, client.post(thread(id) + "/archive")).at("code"))
        .isEqualTo("turn_in_progress");
  }

  @Test
  void aDeletedThreadLeavesNothing() throws IOException {
    var id = client.startThread();
    client.complete(id, client.startTurn(id));
    var file = rollout(id);

    expect(204, client.delete(thread(id)));

    expect(404, client.get(thread(id)));
    expect(404, client.get(thread(id) + "/items"));
    expect(404, client.delete(thread(id)));
    assertThat(files.exists(file)).isFalse();
  }

  @Test
  void listsAreFilteredAndOrdered() {
    var source = "list-" + UUID.randomUUID();
    var ids =
        IntStream.range(0, 5).mapToObj(n -> start(source, "/w/" + n, "Wörk item " + n)).toList();
    client.post(thread(ids.get(1)) + "/archive");

    assertThat(list("source=" + source + "&sort=createdAt&direction=asc"))
        .containsExactly(ids.get(0), ids.get(2), ids.get(3), ids.get(4));
    assertThat(list("source=" + source + "&archived=true")).containsExactly(ids.get(1));
    assertThat(list("source=" + source + "&cwd=/w/3")).containsExactly(ids.get(3));
    assertThat(list("source=" + source + "&q=W%C3%96RK%20ITEM%204")).containsExactly(ids.get(4));
    assertThat(list("source=" + source + "&q=%25")).isEmpty();
  }

  @Test
  void pagesContainEveryThreadOnceDuringConcurrentWrites() {
    var source = "pages-" + UUID.randomUUID();
    var ids = IntStream.range(0, 23).mapToObj(n -> start(source, "/", "t")).toList();

    var seen = new ArrayList<String>();
    String cursor = "";
    do {
      var page = client.get("/v1/threads?sort=createdAt&limit=5&source=" + source + cursor).json();
      page.path("data").forEach(thread -> seen.add(thread.path("id").stringValue()));
      ids.forEach(id -> client.post(thread(id) + "/items", body("0")));
      cursor =
          page.path("nextCursor").isNull()
              ? ""
              : "&cursor=" + page.path("nextCursor").stringValue();
    } while (!cursor.isEmpty());

    assertThat(seen).containsExactlyElementsOf(ids.reversed());
  }

  private String start(String source, String cwd, String name) {
    return client.startThread(
        "{\"source\":\"%s\",\"cwd\":\"%s\",\"name\":\"%s\"}".formatted(source, cwd, name));
  }

  private List<String> list(String query) {
    var ids = new ArrayList<String>();
    client
        .get("/v1/threads?" + query)
        .json()
        .path("data")
        .forEach(t -> ids.add(t.path("id").stringValue()));
    return ids;
  }

  private RollbookClient.Answer patch(String id, String json, String etag) {
    return client.patch(id, json, "if-match", etag);
  }
}
