package dev.rollbook.statedb;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/// What the service does with its state-db, the same whichever that is.
abstract class StateDbHttpContract extends AbstractForkHttpTest {
  @Autowired DataSource dataSource;

  private final String source = "it's 100%_\\ " + UUID.randomUUID();

  /// On H2 this connection is the only one that writes.
  @Test
  void theHealthIsNoWriteAndWaitsForNone() throws SQLException {
    try (var writer = dataSource.getConnection()) {
      assertThat(writer.isReadOnly()).isFalse();

      var health = client.get("/actuator/health").json().at("/components/stateDb");

      assertThat(health.path("status").stringValue()).isEqualTo("UP");
      assertThat(health.has("details")).as(health.toString()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({"createdAt,asc", "createdAt,desc", "updatedAt,asc", "updatedAt,desc"})
  void listsAreReadPageByPageInEveryOrder(String sort, String direction) {
    var started = IntStream.range(0, 5).mapToObj(n -> start("thread " + n)).toList();
    saveRows();

    var seen = new ArrayList<String>();
    var query =
        "/v1/threads?limit=2&sort=%s&direction=%s&source=%s"
            .formatted(sort, direction, encoded(source));
    var page = expect(200, client.get(query)).json();
    while (true) {
      page.path("data").forEach(thread -> seen.add(thread.path("id").stringValue()));
      if (page.path("nextCursor").isNull()) {
        break;
      }
      var cursor = encoded(page.path("nextCursor").stringValue());
      page = expect(200, client.get(query + "&cursor=" + cursor)).json();
    }

    assertThat(seen).containsExactlyInAnyOrderElementsOf(started);
  }

  @ParameterizedTest
  @ValueSource(strings = {"IT'S", "100%_", "!a\\b", "日本 \uD83D\uDE00"})
  void searchTextIsMatchedLiterally(String text) {
    var found = start("it's 100%_ of !A\\B 日本 \uD83D\uDE00");
    start("something else");

    assertThat(idsOf("source=%s&q=%s".formatted(encoded(source), encoded(text))))
        .containsExactly(found);
  }

  @Test
  void everyFilterIsAppliedByTheDatabase() {
    var active = start("active");
    var archived = start("archived");
    expect(200, client.post(thread(archived) + "/archive"));
    var mine = "source=" + encoded(source);

    assertThat(idsOf(mine)).containsExactly(active);
    assertThat(idsOf(mine + "&archived=true")).containsExactly(archived);
    assertThat(idsOf(mine + "&cwd=" + encoded("/srv/é"))).containsExactly(active);
    assertThat(idsOf(mine + "&model=m&q=ACTIVE")).containsExactly(active);
    assertThat(idsOf(mine + "&model=other")).isEmpty();
    expect(200, client.post(thread(archived) + "/unarchive"));
    assertThat(idsOf(mine)).containsExactlyInAnyOrder(active, archived);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q=%00",
        "cwd=a%00b",
        "source=%00",
        "model=%00",
        "cursor=VVBEQVRFRF9BVC0vOTIyMzM3MjAzNjg1NDc3NTgwNy8wMWEyMDQwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE"
      })
  void valuesNoDatabaseAcceptsAreRejectedBeforeTheQuery(String parameter) {
    var refused = expect(400, client.get("/v1/threads?" + parameter));

    assertThat(refused.at("code")).isEqualTo("invalid_request");
  }

  @Test
  void aRepeatedStartFindsTheExistingRow() {
    var id = UUID.randomUUID().toString();
    var turn = UUID.randomUUID().toString();
    var startTurn = "{\"id\":\"%s\",\"metadata\":{\"zero\":\"\\u0000\"}}".formatted(turn);

    expect(201, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(id)));
    expect(200, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(id)));
    expect(201, client.post(thread(id) + "/turns", startTurn));
    expect(200, client.post(thread(id) + "/turns", startTurn));
    expect(409, client.post(thread(id) + "/turns", "{}"));
    expect(404, client.post(thread(UUID.randomUUID().toString()) + "/turns", startTurn));
  }

  @Test
  void concurrentStartsWithOneIdCreateOneThreadAndFailNoOther() throws Exception {
    var id = UUID.randomUUID().toString();
    var same = "{\"id\":\"%s\",\"source\":\"%s\"}".formatted(id, id);
    var other = "{\"source\":\"%s\"}".formatted(id);
    List<Answer> answers;
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      answers =
          clients
              .invokeAll(
                  IntStream.range(0, 16)
                      .<Callable<Answer>>mapToObj(
                          n -> () -> client.post("/v1/threads", n % 2 == 0 ? same : other))
                      .toList())
              .stream()
              .map(Future::resultNow)
              .toList();
    }

    assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(9);
    assertThat(answers)
        .filteredOn(answer -> answer.status() == 200)
        .hasSize(7)
        .allSatisfy(answer -> assertThat(answer.at("id")).isEqualTo(id));
    assertThat(idsOf("source=" + id)).hasSize(9).contains(id);
    for (var started : answers) {
      assertThat(client.lines(started.at("id")))
          .singleElement()
          .asString()
          .contains("session_meta");
    }
  }

  @Test
  void itemsThatNoColumnCanHoldAreStillHistory() {
    var id = client.startThread();
    var turn = client.startTurn(id);
    var payload =
        "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"text\":\"a\\u0000b \\ud800 c\"}]}";

    expect(200, client.append(id, turn, payload, "{\"n\":1.50}"));
    expect(
        200,
        client.post(
            turn(id, turn) + "/complete",
            "{\"usage\":{\"in\":9223372036854775807},\"lastAgentMessage\":\"\\u2028\"}"));
    saveRows();

    var seen = expect(200, client.get(thread(id)));
    assertThat(seen.at("preview")).isEqualTo("a\uFFFDb \uFFFD c");
    assertThat(seen.at("usage", "own", "in")).isEqualTo("9223372036854775807");
    assertThat(client.lines(id)).anyMatch(line -> line.contains("a\\u0000b \\ud800 c"));
    assertRebuiltAsItIs(id);
  }

  @Test
  void usageAndGapsAreListedOverAllThreads() {
    var id = start("used");
    complete(id, client.startTurn(id), "{\"input_tokens\":30,\"output_tokens\":4}");
    var other = start("with a gap");
    var turn = client.startTurn(other);
    expect(200, client.post(thread(other) + "/shutdown"));
    var gap = client.append(other, turn, "1").at("persistence", "gapId");
    saveRows();

    var usage =
        client.get("/v1/usage?by=day,model,cwd,source,thread&source=" + encoded(source)).json();
    assertThat(usage.path("data")).hasSize(2);
    assertThat(usage.at("/data/0/key/threadId").stringValue()).isEqualTo(id);
    assertThat(usage.at("/data/0/thread/name").stringValue()).isEqualTo("used");
    assertThat(usage.at("/total/turns").intValue()).isEqualTo(2);
    assertThat(usage.at("/total/tokens/total").intValue()).isEqualTo(34);
    assertThat(client.get("/v1/gaps?limit=1&reason=recorder_removed").text())
        .contains(gap, "with a gap");
    assertRebuiltAsItIs(id);
  }

  @Test
  void skippedItemsAreAGapUntilRepaired() {
    var id = client.startThread();
    var turn = client.startTurn(id);
    expect(200, client.post(thread(id) + "/shutdown"));
    var skipped = expect(200, client.append(id, turn, "1", "2"));
    expect(200, client.post(thread(id) + "/resume"));
    expect(200, client.append(id, turn, "3"));
    saveRows();
    var gap = skipped.at("persistence", "gapId");

    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("gapped");
    assertThat(client.get(thread(id) + "/gaps?limit=1").text()).contains(gap, "recorder_removed");
    assertThat(client.get(thread(id) + "/items").text()).contains(gap);
    expect(200, put(id, gap, body("1", "2")));
    assertThat(expect(200, put(id, gap, body("1", "2"))).at("duplicates")).isEqualTo("2");
    expect(409, put(id, gap, body("4", "5")));
    expect(200, client.complete(id, turn));
    saveRows();
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(client.get(thread(id) + "/gaps").json().path("data")).isEmpty();
  }

  @Test
  void onlyOneOfTwoConcurrentPatchesSucceeds() {
    var id = start("before");
    var tag = client.get(thread(id)).header("etag");

    var patched = expect(200, patch(id, "{\"name\":\"it's\",\"metadata\":{\"k\":null}}", tag));
    expect(412, patch(id, "{\"name\":\"late\"}", tag));
    expect(200, patch(id, "{\"name\":null}", patched.header("etag")));
    expect(400, patch(id, "{\"name\":\"\\u0000\"}", "*"));
    assertThat(client.get(thread(id)).json().path("name").isNull()).isTrue();
  }

  @Test
  void listedTurnsEqualThoseOfTheRollout() {
    saveRows();

    var page = expect(200, client.get(thread(parent) + "/turns?limit=1")).json();
    assertThat(page.path("data").path(0).path("id").stringValue()).isEqualTo(first);
    var rest =
        client.get(thread(parent) + "/turns?cursor=" + encoded(page.path("nextCursor").asString()));
    assertThat(rest.text()).contains(second).doesNotContain(first);
    assertRebuiltAsItIs(parent);
  }

  @Test
  void aForkHasRowsOfItsOwnAndADeletedThreadHasNone() {
    var fork = forked(parent, "{\"throughTurnId\":\"%s\"}".formatted(first));
    assertThat(idsOf("forkedFromId=" + parent)).containsExactly(fork);

    assertThat(client.delete(thread(parent)).status()).isBetween(200, 204);
    expect(404, client.get(thread(parent)));
    expect(404, client.get(turn(parent, first)));
    expect(200, client.get(turn(fork, first)));
    var fresh = "{\"resumeId\":\"%s\",\"name\":\"fresh\"}".formatted(parent);
    assertThat(expect(201, client.post("/v1/threads", fresh)).at("resume", "reason"))
        .isEqualTo("thread_not_found");
    var resumed = "{\"resumeId\":\"%s\"}".formatted(fork);
    assertThat(expect(200, client.post("/v1/threads", resumed)).at("resume", "outcome"))
        .isEqualTo("resumed");
  }

  /// Its path is longer than what PostgreSQL can index.
  @Test
  void anImportedFileIsRecognisedNextTime() throws IOException {
    var home = Files.createDirectory(foreignDir().resolve("home-" + UUID.randomUUID()));
    var deep = home.resolve("sessions");
    for (int n = 0; n < 14; n++) {
      deep = deep.resolve("日".repeat(80));
    }
    Files.createDirectories(deep);
    var id = UUID.randomUUID().toString();
    Files.writeString(
        deep.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(id)),
        AbstractImportHttpTest.meta(id) + "\n" + AbstractImportHttpTest.user("hello") + "\n");

    assertThat(imported(home.toString()).at("threadsCreated")).isEqualTo("1");
    assertThat(imported(home.toString()).at("files", "unchanged")).isEqualTo("1");

    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
    assertThat(expect(200, client.get("/v1/imports?limit=1")).json().path("data")).hasSize(1);
    assertRebuiltAsItIs(id);
  }

  private Answer imported(String path) {
    var started = expect(202, client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(path)));
    var location = started.header("location");
    await().until(() -> List.of("done", "failed").contains(client.get(location).at("status")));
    return client.get(location);
  }

  private String start(String name) {
    return client.startThread(
        "{\"name\":%s,\"source\":%s,\"cwd\":\"/srv/é\",\"model\":\"m\",\"metadata\":{\"k\":1.0}}"
            .formatted(quoted(name), quoted(source)));
  }

  private List<String> idsOf(String query) {
    var ids = new ArrayList<String>();
    expect(200, client.get("/v1/threads?limit=100&" + query))
        .json()
        .path("data")
        .forEach(thread -> ids.add(thread.path("id").stringValue()));
    return ids;
  }

  private Answer patch(String id, String json, String tag) {
    return client.patch(id, json, "if-match", tag);
  }

  private Answer put(String id, String gap, String json) {
    return client.repair(id, gap, json);
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\") + "\"";
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
