package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A PostgreSQL that is stopped in the middle of the appends of many, and started again: nothing
/// stops but what needs rows, and afterwards the rows are what the files tell.
class StateDbAwayIT {
  private static final int THREADS = 32;
  private static final int AGENTS = 8;

  @TempDir Path logs;
  @TempDir Path dataDir;
  @TempDir Path database;
  private StoppablePostgres postgres;
  private PackagedService service;
  private RollbookClient client;
  private AgentClients agents;

  @AfterEach
  void stop() throws Exception {
    if (service != null) {
      service.close();
    }
    postgres.close();
  }

  @Test
  void appendsContinueWithoutTheStateDbAndRowsCatchUp() throws Exception {
    postgres = new StoppablePostgres(database);
    service =
        PackagedService.start(
            dataDir,
            logs,
            "ROLLBOOK_PERSISTENCE_HEALTH_WINDOW=1s SPRING_DATASOURCE_URL='%s'"
                .formatted(postgres.url()));
    client = service.client();
    agents = new AgentClients(client, THREADS, true);
    var gapped = client.startThread();
    var turn = client.startTurn(gapped);
    var file = dataDir.resolve(client.get(thread(gapped)).at("rollout", "path"));
    agents.start(AGENTS);
    awaitMore("persisted", 300);

    postgres.stop();
    awaitMore("ended", 8);
    awaitMore("persisted", 1000);
    assertDegraded();
    var lost = skipOne(gapped, turn, file);
    expect(200, client.complete(gapped, turn));
    assertThat(expect(200, client.get(turn(gapped, turn))).at("status")).isEqualTo("completed");
    awaitMore("persisted", 300);

    postgres.start();
    awaitMore("started", 8);
    agents.stop();
    assertThat(agents.failures()).isEmpty();
    agents.endTurns();
    awaitRowsOfAllThreads();
    assertThat(client.get(thread(gapped) + "/gaps").text()).contains(lost, "rollout_missing", turn);
    assertThat(client.get("/actuator/health").at("status")).isEqualTo("UP");
    assertLoggedOnce();
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
  }

  private void awaitMore(String what, int more) {
    int target = agents.count(what) + more;
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> agents.count(what) >= target || !agents.failures().isEmpty());
    assertThat(agents.failures()).isEmpty();
  }

  private void assertDegraded() {
    var health = expect(200, client.get("/actuator/health"));
    assertThat(health.at("status")).isEqualTo("DEGRADED");
    assertThat(health.at("components", "stateDb", "status")).isEqualTo("DEGRADED");
    expect(200, client.get("/actuator/health/liveness"));
    expect(200, client.get("/actuator/health/readiness"));
    var live = agents.threads().getFirst();
    for (var refused :
        List.of(
            client.get("/v1/threads"),
            client.get(thread(live)),
            client.get(thread(live) + "/turns"),
            client.post("/v1/threads", "{}"),
            client.post(thread("01a20400-0000-7000-8000-000000000001") + "/items", ITEM),
            client.post(thread(live) + "/archive"),
            client.delete(thread(live)))) {
      assertUnavailable(refused);
    }
  }

  private static final String ITEM = RollbookClient.body("1");

  private static void assertUnavailable(Answer refused) {
    expect(503, refused);
    assertThat(refused.at("code")).isEqualTo("state_db_unavailable");
    assertThat(refused.at("retryable")).isEqualTo("true");
    assertThat(refused.header("retry-after")).isNotEmpty();
  }

  /// The rollout is away for one append, and back.
  private String skipOne(String thread, String turn, Path file) throws IOException {
    var aside = file.resolveSibling("aside");
    Files.move(file, aside);
    var skipped = expect(200, client.append(thread, turn, "\"lost\""));
    assertThat(skipped.at("persistence", "reason")).isEqualTo("rollout_missing");
    Files.move(aside, file);
    assertThat(expect(200, client.append(thread, turn, "2")).at("persistence", "status"))
        .isEqualTo("persisted");
    return skipped.at("persistence", "gapId");
  }

  /// By the files, which are the truth.
  private void awaitRowsOfAllThreads() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          for (var thread : agents.threads()) {
            assertRowIsAsItsFile(thread);
          }
        });
  }

  private void assertRowIsAsItsFile(String thread) throws IOException {
    var row = expect(200, client.get(thread(thread)));
    var items = parsed(dataDir.resolve(row.at("rollout", "path")));
    assertThat(items)
        .extracting(item -> item.path("ordinal").longValue())
        .containsExactlyElementsOf(LongStream.range(0, items.size()).boxed().toList());
    agents
        .payloads(thread)
        .forEach((ordinal, payload) ->
            assertThat(items.get(Math.toIntExact(ordinal)).path("payload")).hasToString(payload));
    assertThat(row.at("itemCount")).isEqualTo("" + items.size());
    assertThat(row.at("completeness")).isEqualTo("complete");
    var turns = expect(200, client.get(thread(thread) + "/turns?limit=100")).json().path("data");
    assertThat(turns)
        .allSatisfy(turn -> assertThat(turn.path("status").stringValue()).isEqualTo("completed"));
    assertThat((long) turns.size()).isEqualTo(ends(items));
  }

  private static long ends(List<JsonNode> items) {
    return items.stream()
        .filter(item -> item.path("payload").path("type").asString("").equals("task_complete"))
        .count();
  }

  private static List<JsonNode> parsed(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(JsonMapper.shared()::readTree).toList();
  }

  private void assertLoggedOnce() {
    assertThat(service.stdout()).noneMatch(line -> line.contains(" ERROR "));
    assertThat(service.stdout())
        .filteredOn(line -> line.contains(" WARN "))
        .filteredOn(line -> !line.contains("rollout persistence skipped"))
        .singleElement()
        .asString()
        .contains("state-db does not answer: ");
    assertThat(service.stdout())
        .filteredOn(line -> line.contains("state-db answers again"))
        .hasSize(1);
  }
}
