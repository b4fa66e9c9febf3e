package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the service finds when it starts again: after a kill, after a torn write, after somebody
/// moved files.
class RestartIT {
  private static final int WRITERS = 4;
  private static final int ENOUGH = 200;
  private static final String TORN = "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"ordi";

  @TempDir Path logs;
  @TempDir Path dataDir;
  private PackagedService service;
  private RollbookClient client;

  @AfterEach
  void stop() throws InterruptedException {
    kill();
  }

  @Test
  void everyAcknowledgedItemIsStoredOnceAfterAKillAndTheTurnContinues() throws Exception {
    start();
    var thread = client.startThread();
    var turn = client.startTurn(thread);

    var acknowledged = appendUntilKilled(thread, turn);
    start();

    assertThat(payloads(thread))
        .containsAll(acknowledged)
        .doesNotHaveDuplicates()
        .hasSizeBetween(acknowledged.size(), acknowledged.size() + WRITERS);
    // Rows are compared with rollouts in the background.
    await().untilAsserted(() -> assertCounts(thread, turn));
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("inProgress");
    var receipt = expect(200, client.append(thread, turn, "\"after\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");
    assertCounts(thread, turn);
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
    assertThat(warnings()).isEmpty();
  }

  /// That the lock of a killed one keeps nobody out is shown by every other test here.
  @Test
  void aSecondServiceOnTheSameDataDirDoesNotStartAndNamesTheFirst() throws Exception {
    start();

    var second = PackagedService.launch(dataDir, logs, "");

    assertThat(second.awaitExit()).isEqualTo(1);
    assertThat(String.join("\n", second.stdout()))
        .contains("data-dir " + dataDir, "in use", "pid " + service.pid() + " on host ", "since ")
        .contains("listening on 127.0.0.1:" + service.port(), "--rollbook.data-dir")
        .doesNotContain("\tat ");
    assertThat(second.stderr()).isEmpty();
    expect(201, client.post("/v1/threads", "{}"));
  }

  @Test
  void aTornLastLineIsTruncatedKeptBesideAndLoggedOnce() throws Exception {
    start();
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "\"before\""));
    var file = rollout(thread);
    kill();
    var whole = Files.readAllLines(file);
    Files.writeString(file, TORN, StandardOpenOption.APPEND);
    start();

    assertThat(client.lines(thread)).isEqualTo(whole);
    var receipt = expect(200, client.append(thread, turn, "\"after\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(receipt.at("firstOrdinal")).isEqualTo("" + whole.size());
    expect(200, client.complete(thread, turn));

    assertThat(client.lines(thread)).hasSize(whole.size() + 2).containsAll(whole);
    assertCounts(thread, turn);
    assertThat(file.resolveSibling(file.getFileName() + ".torn-1")).hasContent(TORN);
    assertThat(file.resolveSibling(file.getFileName() + ".torn-2")).doesNotExist();
    assertThat(warnings()).singleElement().asString().contains(thread, "torn");
  }

  @Test
  void aManuallyUnarchivedRolloutIsFound() throws Exception {
    start();
    var thread = client.startThread();
    expect(200, client.post(thread(thread) + "/items", body("\"kept\"")));
    var original = rollout(thread);
    expect(200, client.post(thread(thread) + "/archive"));
    var archived = rollout(thread);
    assertThat(archived).isNotEqualTo(original);
    assertThat(service.stop()).isEqualTo(143);
    Files.createDirectories(original.getParent());
    Files.move(archived, original);
    start();

    await().until(() -> client.get(thread(thread) + "/items").status() == 200);
    assertThat(client.lines(thread)).hasSize(2).last().asString().contains("\"kept\"");
    var found = client.get(thread(thread));
    assertThat(found.json().path("archivedAt").isNull()).isTrue();
    assertThat(rollout(thread)).isEqualTo(original);
    expect(200, client.post(thread(thread) + "/items", body("\"more\"")));
    assertThat(client.lines(thread)).hasSize(3);
    assertThat(warnings()).isEmpty();
  }

  /// The rollout is all there is: its frames are understood whatever numbers clients put in them.
  @Test
  void aTurnWithALargeNumberInItsMetadataContinuesWithoutTheStateDb() throws Exception {
    start();
    var metadata = "\"metadata\":{\"n\":1e99999999999}";
    var thread =
        client.startThread(
            "{\"name\":\"kept\",\"persistence\":\"required\",%s}".formatted(metadata));
    var started = expect(201, client.post(thread(thread) + "/turns", "{%s}".formatted(metadata)));
    var turn = started.at("id");
    expect(200, client.append(thread, turn, "1"));
    kill();
    PackagedService.deleteStateDb(dataDir);
    start();

    await().until(() -> client.get(thread(thread)).status() == 200);
    var found = client.get(thread(thread));
    assertThat(found.at("name")).isEqualTo("kept");
    assertThat(found.at("persistence")).isEqualTo("required");
    assertThat(found.text()).contains(metadata);
    assertThat(client.get(turn(thread, turn)).text()).contains("inProgress", metadata);
    expect(200, client.append(thread, turn, "2"));
    expect(200, client.complete(thread, turn));
    assertCounts(thread, turn);
  }

  private void start() {
    service = PackagedService.start(dataDir, logs, "");
    client = service.client();
  }

  private void kill() throws InterruptedException {
    if (service != null) {
      service.close();
      service.awaitExit();
    }
  }

  /// Payloads that were acknowledged, by several writers that only the kill stops.
  private Queue<String> appendUntilKilled(String thread, String turn) throws Exception {
    var acknowledged = new ConcurrentLinkedQueue<String>();
    var writers =
        IntStream.range(0, WRITERS)
            .mapToObj(
                writer -> Thread.ofVirtual().start(() -> write(thread, turn, writer, acknowledged)))
            .toList();
    await().until(() -> acknowledged.size() >= ENOUGH);
    kill();
    for (var writer : writers) {
      writer.join();
    }
    return acknowledged;
  }

  private void write(String thread, String turn, int writer, Queue<String> acknowledged) {
    for (int n = 0; n < 1_000_000; n++) {
      var payload = "\"w%d-%d\"".formatted(writer, n);
      try {
        var receipt = expect(200, client.append(thread, turn, payload));
        if (receipt.at("persistence", "status").equals("persisted")) {
          acknowledged.add(payload);
        }
      } catch (java.io.UncheckedIOException killed) {
        return;
      }
    }
  }

  private void assertCounts(String thread, String turn) {
    int lines = client.lines(thread).size();
    var counted = client.get(thread(thread));
    assertThat(counted.at("itemCount")).isEqualTo("" + lines);
    assertThat(counted.at("nextOrdinal")).isEqualTo("" + lines);
    assertThat(counted.at("turnCount")).isEqualTo("1");
    assertThat(client.get(turn(thread, turn)).at("itemCount")).isEqualTo("" + (lines - 1));
  }

  /// What the writers sent, as it is read.
  private List<String> payloads(String thread) {
    return client.lines(thread).stream()
        .map(RecordedRollout::parse)
        .map(RecordedRollout.Line::payload)
        .filter(payload -> payload.startsWith("\"w"))
        .toList();
  }

  private Path rollout(String thread) {
    return dataDir.resolve(client.get(thread(thread)).at("rollout", "path"));
  }

  private List<String> warnings() {
    return service.stdout().stream()
        .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
        .toList();
  }
}
