package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// The items of a gap, sent before the kill and again after it.
final class RepeatedRepairScenario extends ThreeItemsScenario {
  private String gap = "";
  private String firstOrdinal = "";

  @Override
  void firstRun() {
    startTurn();
    expect(200, client.post(thread(thread) + "/shutdown"));
    var lost = append();
    firstOrdinal = lost.at("firstOrdinal");
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.append(thread, turn, "\"behind\""));
    var found = gaps().getFirst();
    gap = found.path("id").stringValue();
    assertThat(found.path("reason").stringValue()).isEqualTo("recorder_removed");
    assertThat(found.path("pending").booleanValue()).isFalse();
    assertThat(gap).isEqualTo(lost.at("persistence", "gapId"));

    awaitOnDisk();
    assertThat(repair().at("accepted")).isEqualTo("3");
  }

  @Override
  void secondRun() throws IOException {
    // Rows are compared with rollouts in the background.
    await().until(() -> gaps().isEmpty());
    var again = repair();
    assertThat(again.at("accepted")).isEqualTo("0");
    assertThat(again.at("duplicates")).isEqualTo("3");
    assertThat(again.at("firstOrdinal")).isEqualTo(firstOrdinal);
    assertThreeOnce();
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
  }

  @Override
  boolean causes(String warning) {
    return warning.contains(thread) && warning.contains("rollout persistence skipped");
  }

  /// H2 writes half a second late; a gap that a kill took from it has another id when it is found
  /// again.
  private void awaitOnDisk() {
    var id = UUID.fromString(gap);
    var bytes = ByteBuffer.allocate(16);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    var sought = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    var stateDb = dataDir.resolve("state-db.mv.db");
    await().until(() -> Files.readString(stateDb, StandardCharsets.ISO_8859_1).contains(sought));
  }

  private Answer repair() {
    return expect(200, client.repair(thread, gap, THREE));
  }

  private List<JsonNode> gaps() {
    return List.copyOf(
        expect(200, client.get(thread(thread) + "/gaps")).json().path("data").values());
  }
}
