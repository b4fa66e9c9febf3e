package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.restart.RecordedRollout.Line;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Real input: what Codex wrote is sent turn by turn and is there again to the byte, also after
/// each restart, and after one without the state-db.
final class ReplayScenario extends RestartScenario {
  private final Map<RecordedRollout, String> threads = new LinkedHashMap<>();
  private List<JsonNode> before = List.of();

  @Override
  void firstRun() throws IOException {
    for (var sample : RecordedRollout.all()) {
      threads.put(sample, replay(sample));
    }
    assertAllThere();
    before = described();
  }

  @Override
  void secondRun() {
    assertAllThere();
    awaitCompared();
    assertThat(described()).isEqualTo(before);
  }

  @Override
  void thirdRun() {
    assertAllThere();
    assertThat(described()).isEqualTo(before);
  }

  @Override
  void runWithoutTheOldStateDb() {
    assertThat(client.get("/v1/threads").status()).isEqualTo(200);
    awaitCompared();
    assertThat(reconciled().at("/last/problems")).isEmpty();
    assertAllThere();
    assertThat(described()).isEqualTo(before);
  }

  /// Rows are compared with rollouts in the background.
  private void awaitCompared() {
    await().until(() -> !reconciled().path("last").isNull());
  }

  private JsonNode reconciled() {
    return client.get("/actuator/reconcile").json();
  }

  private String replay(RecordedRollout sample) {
    var thread = client.startThread("{\"name\":\"%s\"}".formatted(sample.name()));
    var waiting = new ArrayList<Line>();
    String turn = null;
    for (var line : sample.lines()) {
      if (line.starts() && turn == null) {
        append(thread(thread), waiting);
        turn = line.turnId();
        expect(201, client.post(thread(thread) + "/turns", "{\"id\":\"" + turn + "\"}"));
      }
      waiting.add(line);
      if (line.ends() && turn != null) {
        append(turn(thread, turn), waiting);
        expect(200, client.complete(thread, turn));
        turn = null;
      }
    }
    append(thread(thread), waiting);
    return thread;
  }

  private void append(String to, List<Line> lines) {
    for (var batch : RecordedRollout.batches(lines)) {
      var items = batch.stream().map(Line::item).collect(Collectors.joining(",", "[", "]"));
      var receipt = expect(200, client.post(to + "/items", "{\"items\":" + items + "}"));
      assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    }
    lines.clear();
  }

  private void assertAllThere() {
    assertThat(threads).hasSize(12);
    threads.forEach((sample, thread) ->
        assertThat(sent(client.lines(thread)))
            .as(sample.name())
            .isEqualTo(sample.lines().stream().map(Line::payload).toList()));
  }

  /// Payloads without the lines that Rollbook wrote itself.
  private static List<String> sent(List<String> lines) {
    return lines.stream()
        .map(RecordedRollout::parse)
        .map(Line::payload)
        .filter(payload -> !payload.contains("\"originator\":\"rollbook\""))
        .toList();
  }

  /// What is known of threads and turns, without what tells only whether they are in memory.
  private List<JsonNode> described() {
    var all = new ArrayList<JsonNode>();
    for (var thread : threads.values()) {
      var about = client.get(thread(thread)).json();
      ((ObjectNode) about).remove(List.of("status", "updatedAt"));
      all.add(about);
      var turns = client.get(thread(thread) + "/turns").json();
      turns
          .path("data")
          .forEach(turn -> ((ObjectNode) turn).remove(List.of("startedAt", "completedAt")));
      all.add(turns);
    }
    return all;
  }
}
