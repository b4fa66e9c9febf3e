package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The disk is full for a while during many appends: turns continue, and no item is missing
/// afterwards.
@Order(7)
class FullDiskIT {
  private static final int THREADS = 64;
  private static final int AGENTS = 8;
  private static final List<String> DEGRADED = List.of("DEGRADED");

  @TempDir Path logs;
  @TempDir Path dataDir;
  private SmallDisk disk;
  private PackagedService service;
  private RollbookClient client;
  private AgentClients agents;
  private String followed;
  private String uploaded;
  private int lines;

  @AfterEach
  void stop() throws Exception {
    if (service != null) {
      service.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  @Test
  void skippedItemsAreWrittenInOrderOnceThereIsSpace() throws Exception {
    runThroughAFullDisk(dataDir.resolve("sessions"), false);
  }

  @Test
  void skippedItemsAreWrittenInOrderIfTheStateDbIsOnTheFullDiskToo() throws Exception {
    runThroughAFullDisk(dataDir, true);
  }

  private void runThroughAFullDisk(Path mountAt, boolean withStateDb) throws Exception {
    disk = SmallDisk.mount(mountAt, "24m");
    service = PackagedService.start(dataDir, logs, "ROLLBOOK_PERSISTENCE_HEALTH_WINDOW=1s");
    client = service.client();
    agents = new AgentClients(client, THREADS, withStateDb);
    followed = agents.threads().get(0);
    uploaded = agents.threads().get(1);
    var uploadPath = turn(uploaded, agents.keepTurn(uploaded)) + "/items";
    try (var events = EventClient.open(service.port(), thread(followed) + "/events");
        var upload = OpenUpload.chunked(service.port(), uploadPath)) {
      agents.start(AGENTS);
      awaitMore(upload, "persisted", 300);
      disk.fill();
      awaitMore(upload, "skipped", 300);
      assertDegraded(withStateDb);
      if (!withStateDb) {
        awaitMore(upload, "ended", 16);
        awaitMore(upload, "started", 16);
      }
      disk.free();
      awaitMore(upload, "persisted", 300);
      agents.stop();
      assertThat(agents.failures()).isEmpty();
      assertThat(upload.end().at("accepted")).isEqualTo("" + lines);
      agents.endTurns();

      awaitWhole();
      assertEveryItemIsInItsPlace();
      assertEveryItemAndRepairWasPublished(events);
    }
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
    assertThat(service.stdout()).noneMatch(line -> line.contains("ERROR"));
  }

  /// Sends lines of an upload meanwhile.
  private void awaitMore(OpenUpload upload, String what, int more) {
    int target = agents.count(what) + more;
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          upload.send("{\"type\":\"note\",\"payload\":{\"line\":%d}}\n".formatted(lines++));
          return agents.count(what) >= target || !agents.failures().isEmpty();
        });
  }

  private void assertDegraded(boolean withStateDb) {
    var health = client.get("/actuator/health");
    // Nothing is kept while H2 does not answer on the full disk either; now and then it does.
    assertThat(health.at("status")).isIn(withStateDb ? List.of("DOWN", "DEGRADED") : DEGRADED);
    expect(health.at("status").equals("DOWN") ? 503 : 200, health);
    assertThat(health.at("components", "rolloutPersistence", "details", "lastSkip", "reason"))
        .isEqualTo("storage_full");
    // Gaps are read from the state-db, which may not answer on a full disk.
    var listed = new ArrayList<JsonNode>();
    for (var thread : agents.threads()) {
      var answer = client.get(thread(thread) + "/gaps");
      if (!withStateDb || answer.status() != 503) {
        expect(200, answer).json().path("data").forEach(listed::add);
      }
    }
    if (!withStateDb) {
      assertThat(listed).hasSizeGreaterThanOrEqualTo(THREADS / 2);
    }
    assertThat(listed)
        .allSatisfy(gap -> {
          assertThat(gap.path("pending").booleanValue()).isTrue();
          assertThat(gap.path("reason").stringValue()).isEqualTo("storage_full");
        });
  }

  private void awaitWhole() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(client.get("/actuator/health").at("status")).isEqualTo("UP");
          assertThat(client.get("/actuator/prometheus").text())
              .contains("rollout_gaps_open 0.0", "rollout_persistence_pending_bytes 0.0");
          for (var thread : agents.threads()) {
            assertWhole(thread);
          }
        });
  }

  private void assertWhole(String thread) {
    var found = expect(200, client.get(thread(thread)));
    assertThat(found.at("completeness")).isEqualTo("complete");
    assertThat(found.at("itemCount")).isEqualTo(found.at("nextOrdinal"));
    assertThat(expect(200, client.get(thread(thread) + "/gaps")).json().path("data")).isEmpty();
    var turns = expect(200, client.get(thread(thread) + "/turns?limit=100")).json().path("data");
    assertThat(turns)
        .isNotEmpty()
        .allSatisfy(turn -> {
          assertThat(turn.path("status").stringValue()).isEqualTo("completed");
          assertThat(turn.path("skippedItemCount").longValue()).isZero();
        });
  }

  /// By the files, which are the truth.
  private void assertEveryItemIsInItsPlace() throws IOException {
    long uploadedLine = 0;
    for (var thread : agents.threads()) {
      var file = dataDir.resolve(client.get(thread(thread)).at("rollout", "path"));
      var items = parsed(file);
      assertThat(items)
          .extracting(item -> item.path("ordinal").longValue())
          .containsExactlyElementsOf(LongStream.range(0, items.size()).boxed().toList());
      var sent = agents.payloads(thread);
      sent.forEach((ordinal, payload) ->
          assertThat(items.get(Math.toIntExact(ordinal)).path("payload")).hasToString(payload));
      assertThat(items).filteredOn(item -> item.path("payload").has("name")).hasSize(sent.size());
      for (var item : items) {
        if (item.path("payload").has("line")) {
          assertThat(item.path("payload").path("line").longValue()).isEqualTo(uploadedLine++);
        }
      }
    }
    assertThat(uploadedLine).isEqualTo(lines);
  }

  private static List<JsonNode> parsed(Path file) throws IOException {
    assertThat(Files.readString(file)).endsWith("}\n");
    return Files.readAllLines(file).stream().map(JsonMapper.shared()::readTree).toList();
  }

  /// Each ordinal came once and in order, and what was skipped was told again as repaired.
  private void assertEveryItemAndRepairWasPublished(EventClient events) {
    var next = client.get(thread(followed)).json().path("nextOrdinal").longValue();
    await().untilAsserted(() -> assertThat(events.items().getLast().ordinal()).isEqualTo(next - 1));
    assertThat(events.items())
        .extracting(EventClient.Received::ordinal)
        .containsExactlyElementsOf(
            LongStream.range(events.items().getFirst().ordinal(), next).boxed().toList());
    var unsaved =
        events.items().stream()
            .filter(item -> item.at("persisted").equals("false"))
            .map(EventClient.Received::ordinal)
            .toList();
    assertThat(unsaved).isNotEmpty();
    var repaired = new ArrayList<Long>();
    for (var event : events.received()) {
      if (event.name().equals("persistence/repaired")) {
        LongStream.rangeClosed(
                event.json().path("firstOrdinal").longValue(),
                event.json().path("lastOrdinal").longValue())
            .forEach(repaired::add);
      }
    }
    assertThat(repaired).isEqualTo(unsaved);
  }
}
