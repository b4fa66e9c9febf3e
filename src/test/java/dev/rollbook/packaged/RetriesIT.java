package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A client sends an append again that is pending, because the disk is full: nothing is there
/// twice, also after a kill. Other calls that are sent again are in
/// [dev.rollbook.packaged.restart.RestartIT].
class RetriesIT {
  private static final String THREE =
      """
      {"items":[{"id":"a","type":"note","payload":1},{"id":"b","type":"note","payload":2},
      {"id":"c","type":"note","payload":3}]}\
      """;

  @TempDir Path logs;
  @TempDir Path dataDir;
  private SmallDisk disk;
  private PackagedService service;
  private RollbookClient client;
  private String thread;
  private String turn;
  private Path file;

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
  void aPendingAppendThatIsSentAgainIsStoredOnce() throws Exception {
    disk = SmallDisk.mount(dataDir.resolve("sessions"), "4m");
    start();
    startTurn();
    disk.fill();
    awaitSkip();
    var skipped = append();

    var whilePending = append();
    disk.free();
    await().until(() -> gaps().isEmpty());
    var afterwards = append();
    restartAfterKill();
    var afterTheKill = append();

    assertThat(skipped.at("persistence", "pending")).isEqualTo("true");
    assertThat(whilePending.at("persistence", "status")).isEqualTo("skipped");
    assertThat(whilePending.at("persistence", "gapId"))
        .isEqualTo(skipped.at("persistence", "gapId"));
    for (var again : List.of(whilePending, afterwards, afterTheKill)) {
      assertThat(again.at("duplicates")).isEqualTo("3");
      assertThat(again.at("firstOrdinal")).isEqualTo(skipped.at("firstOrdinal"));
    }
    assertThat(afterTheKill.at("persistence", "status")).isEqualTo("persisted");
    assertThreeOnce();
  }

  private void start() {
    service = PackagedService.start(dataDir, logs, "");
    client = service.client();
  }

  private void restartAfterKill() {
    service.close();
    start();
  }

  private void startTurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
    file = dataDir.resolve(client.get(thread(thread)).at("rollout", "path"));
  }

  private Answer append() {
    return expect(200, client.post(turn(thread, turn) + "/items", THREE));
  }

  /// The last page of the rollout takes some items yet.
  private void awaitSkip() {
    await()
        .until(() ->
            expect(200, client.append(thread, turn, "\"" + "x".repeat(2000) + "\""))
                .at("persistence", "status")
                .equals("skipped"));
  }

  private List<JsonNode> gaps() {
    return List.copyOf(
        expect(200, client.get(thread(thread) + "/gaps")).json().path("data").values());
  }

  private void assertThreeOnce() {
    var lines = lines();
    assertThat(lines)
        .extracting(line -> line.path("ordinal").longValue())
        .containsExactlyElementsOf(LongStream.range(0, lines.size()).boxed().toList());
    assertThat(lines.stream().filter(line -> line.has("id")))
        .extracting(line -> line.path("id").stringValue() + line.path("payload").intValue())
        .containsExactly("a1", "b2", "c3");
  }

  private List<JsonNode> lines() {
    try {
      return Files.readAllLines(file).stream().map(JsonMapper.shared()::readTree).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
