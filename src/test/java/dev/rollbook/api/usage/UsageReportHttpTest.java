package dev.rollbook.api.usage;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractForkHttpTest;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Usage of all threads is summed up by day, model, directory, source and thread. Each test has a
/// source of its own. The service has the price table `prices.yaml`.
class UsageReportHttpTest extends AbstractForkHttpTest {
  private static final String USAGE =
      "{\"input_tokens\":%d,\"cached_input_tokens\":400,\"output_tokens\":100,\"reasoning_output_tokens\":60}";

  private final String source = "usage-" + UUID.randomUUID();

  @Test
  void usageIsGroupedByEachDimension() {
    var large = start("test-large", "/a");
    use(large, 1000);
    use(large, 2000);
    use(start("test-small", "/a/"), 4000);
    use(start("test-small", "/b"), 8000);

    assertThat(inputs(report("model"), key -> key.path("model").stringValue()))
        .containsExactly("test-small 2 2 12000", "test-large 2 1 3000");
    assertThat(inputs(report("cwd"), key -> key.path("cwd").stringValue()))
        .containsExactly("/b 1 1 8000", "/a 3 2 7000");
    assertThat(inputs(report("source"), key -> key.path("source").stringValue()))
        .containsExactly(source + " 4 3 15000");
    assertThat(inputs(report("day"), key -> key.path("day").stringValue()))
        .containsExactly(today() + " 4 3 15000");
    assertThat(inputs(report("model,cwd&limit=2"), JsonNode::toString))
        .containsExactly(
            "{\"model\":\"test-small\",\"cwd\":\"/b\"} 1 1 8000",
            "{\"model\":\"test-small\",\"cwd\":\"/a\"} 1 1 4000");
  }

  @Test
  void theThreadsWithTheMostTokensComeFirst() {
    var threads = List.of(start("m", "/a"), start("m", "/b"), start("m", "/c"));
    threads.forEach(thread -> use(thread, 1000 * (1 + threads.indexOf(thread))));

    var report = report("thread&limit=2");

    assertThat(inputs(report, key -> key.path("threadId").stringValue()))
        .containsExactly(threads.get(2) + " 1 1 3000", threads.get(1) + " 1 1 2000");
    assertThat(report.at("/data/0/thread/cwd").stringValue()).isEqualTo("/c");
    assertThat(report.path("truncated").booleanValue()).isTrue();
    assertThat(report.at("/total/threads").longValue()).isEqualTo(3);
    assertThat(report.at("/total/tokens/input").longValue()).isEqualTo(6000);
    assertThat(report("model").at("/data/0/thread").isNull()).isTrue();
  }

  @Test
  void tokensHaveAllTheirKindsAndACost() {
    use(start("test-large", "/a"), 1000);
    use(start("another", "/a"), 500);

    var report = report("source");

    var group = report.path("data").path(0);
    assertThat(group.path("tokens").toString())
        .isEqualTo(
            "{\"input\":1500,\"cachedInput\":800,\"output\":200,\"reasoning\":120,\"total\":1700}");
    // 600 * 2 + 400 * 0.5 + 100 * 10 for a million
    assertThat(group.path("cost").toString())
        .isEqualTo("{\"amount\":0.0024,\"unpricedTokens\":600}");
    assertThat(report.at("/total/cost")).isEqualTo(group.path("cost"));
    assertThat(report.path("pricing").toString())
        .isEqualTo("{\"currency\":\"EUR\",\"modelsWithoutPrice\":[\"another\"]}");
  }

  @Test
  void turnsOfAForkCountForTheirParentOnly() {
    var original = start("m", "/a");
    use(original, 1000);
    var running = client.startTurn(original);
    var fork = forked(original, "{}");
    saveRows();
    assertThat(inputs(report("thread"), key -> key.path("threadId").stringValue()))
        .containsExactly(original + " 2 1 1000");

    use(fork, 10);
    complete(original, running, USAGE.formatted(2000));
    saveRows();

    assertThat(inputs(report("thread"), key -> key.path("threadId").stringValue()))
        .containsExactly(original + " 2 1 3000", fork + " 1 1 10");
    assertRebuiltAsItIs(original);
    assertRebuiltAsItIs(fork);
  }

  @Test
  void aTurnCountsWhileItRunsAndWithoutUsage() {
    var id = start("m", "/a");
    client.complete(id, client.startTurn(id));
    var running = client.startTurn(id);
    var line =
        "{\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":70,\"cached_input_tokens\":0,\"output_tokens\":7}}";
    expect(
        200,
        client.send(
            "POST",
            turn(id, running) + "/items?wrap=codex_exec",
            line.getBytes(StandardCharsets.UTF_8),
            "content-type",
            "application/x-ndjson"));
    saveRows();
    assertThat(inputs(report("source"), key -> "")).containsExactly(" 2 1 70");

    client.complete(id, running);
    saveRows();
    assertThat(inputs(report("source"), key -> "")).containsExactly(" 2 1 70");
    assertRebuiltAsItIs(id);
  }

  @Test
  void usageOfATurnWhoseEndWasSkippedSurvivesASync() throws Exception {
    var id = start("m", "/a");
    var turn = client.startTurn(id);
    client.post(thread(id) + "/shutdown");
    complete(id, turn, USAGE.formatted(1000));
    saveRows();
    assertThat(inputs(report("source"), key -> "")).containsExactly(" 1 1 1000");

    rebuild.bringUp(threadRows.findById(UUID.fromString(id)).orElseThrow());

    assertThat(inputs(report("source"), key -> "")).containsExactly(" 1 1 1000");
  }

  @ParameterizedTest
  @CsvSource({
    "model=m,true",
    "model=n,false",
    "cwd=/a//,true",
    "cwd=/b,false",
    "kind=thread,true",
    "kind=subagent,false",
    "archived=false,true",
    "archived=true,false",
    "since=2020-01-01T00:00:00Z,true",
    "since=2999-01-01T00:00:00Z,false",
    "until=2999-01-01T00:00:00Z,true",
    "until=2020-01-01T00:00:00Z,false"
  })
  void usageIsFiltered(String filter, boolean counts) {
    use(start("m", "/a"), 1000);

    var report = report("model&" + filter);

    assertThat(report.path("data")).hasSize(counts ? 1 : 0);
    assertThat(report.at("/total/turns").longValue()).isEqualTo(counts ? 1 : 0);
  }

  @Test
  void archivedThreadsCountAndDeletedOnesDoNot() {
    var id = start("m", "/a");
    use(id, 1000);
    expect(200, client.post(thread(id) + "/archive"));
    assertThat(inputs(report("source"), key -> "")).containsExactly(" 1 1 1000");
    assertThat(report("source&archived=true").path("data")).hasSize(1);

    expect(204, client.delete(thread(id)));
    assertThat(report("source").path("data")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "by=",
        "by=day,",
        "by=day,day",
        "by=Day",
        "by=turn",
        "zone=Mars/Olympus",
        "zone=",
        "since=yesterday",
        "until=2026-01-01",
        "limit=0",
        "limit=10001",
        "archived=yes",
        "kind=x"
      })
  void parametersAreChecked(String parameter) {
    var refused = expect(400, client.get("/v1/usage?" + parameter));

    assertThat(refused.json().at("/errors/0/pointer").stringValue())
        .isEqualTo(parameter.substring(0, parameter.indexOf('=')));
  }

  @Test
  void everyZoneOfTheDatabaseIsAccepted() {
    use(start("m", "/a"), 1000);

    for (var zone : List.of("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati")) {
      assertThat(report("day&zone=" + zone).path("data")).hasSize(1);
    }
  }

  private String start(String model, String cwd) {
    return client.startThread(
        "{\"model\":\"%s\",\"cwd\":\"%s\",\"source\":\"%s\"}".formatted(model, cwd, source));
  }

  private void use(String thread, int input) {
    complete(thread, client.startTurn(thread), USAGE.formatted(input));
    saveRows();
  }

  private JsonNode report(String by) {
    return expect(200, client.get("/v1/usage?source=%s&by=%s".formatted(source, by))).json();
  }

  private static String today() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  /// Key, turns, threads and input of each group.
  private static List<String> inputs(JsonNode report, Function<JsonNode, String> key) {
    return report
        .path("data")
        .valueStream()
        .map(group ->
            "%s %d %d %d"
                .formatted(
                    key.apply(group.path("key")),
                    group.path("turns").longValue(),
                    group.path("threads").longValue(),
                    group.at("/tokens/input").longValue()))
        .toList();
  }
}
