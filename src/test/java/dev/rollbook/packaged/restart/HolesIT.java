package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Skipped items are found again from the rollout alone, as a hole in the ordinals.
class HolesIT {
  @TempDir Path logs;
  @TempDir Path dataDir;
  private PackagedService service;
  private RollbookClient client;
  private String thread;
  private String turn;

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  /// The kill comes within the half second that H2 may lose.
  @Test
  void aGapIsFoundAgainAfterAKillAndWithoutTheStateDb() throws Exception {
    start();
    thread = client.startThread();
    turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "1"));
    expect(200, client.post(thread(thread) + "/discard"));
    var lost = expect(200, client.append(thread, turn, "2", "3"));
    expect(200, client.post(thread(thread) + "/resume"));
    var behind = expect(200, client.append(thread, turn, "4"));
    long first = lost.json().path("firstOrdinal").longValue();
    assertThat(lost.at("persistence", "reason")).isEqualTo("recorder_removed");

    service.close();
    start();
    awaitOneHole(first, List.of("recorder_removed", "unknown"));
    var fresh = expect(200, client.append(thread, turn, "5"));
    assertThat(fresh.json().path("firstOrdinal").longValue())
        .isEqualTo(behind.json().path("lastOrdinal").longValue() + 1);

    service.close();
    PackagedService.deleteStateDb(dataDir);
    start();
    // Whoever asks for a thread gets it whole, however far the comparison is.
    assertOneHole(first, List.of("recorder_removed"));
    var fresher = expect(200, client.append(thread, turn, "6"));
    assertThat(fresher.json().path("firstOrdinal").longValue())
        .isEqualTo(fresh.json().path("lastOrdinal").longValue() + 1);
    assertOneHole(first, List.of("recorder_removed"));
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("gapped");
    expect(200, client.complete(thread, turn));
  }

  private void start() {
    service = PackagedService.start(dataDir, logs, "");
    client = service.client();
  }

  /// Rows are compared with rollouts in the background.
  private void awaitOneHole(long first, List<String> reasons) {
    await().untilAsserted(() -> assertOneHole(first, reasons));
  }

  private void assertOneHole(long first, List<String> reasons) {
    assertThat(expect(200, client.get(thread(thread) + "/gaps")).json().path("data"))
        .singleElement()
        .satisfies(gap -> {
          assertThat(gap.path("firstOrdinal").longValue()).isEqualTo(first);
          assertThat(gap.path("lastOrdinal").longValue()).isEqualTo(first + 1);
          assertThat(gap.path("turnId").stringValue()).isEqualTo(turn);
          assertThat(gap.path("pending").booleanValue()).isFalse();
          assertThat(reasons).contains(gap.path("reason").stringValue());
        });
    var page = expect(200, client.get(thread(thread) + "/items?limit=1000")).json();
    var ordinals =
        Stream.concat(
                page.path("data").values().stream().map(item -> item.path("ordinal").longValue()),
                page.path("gaps").values().stream().flatMap(gap -> ordinals(gap).boxed()))
            .sorted()
            .toList();
    assertThat(ordinals)
        .isEqualTo(LongStream.range(0, ordinals.size()).boxed().toList())
        .contains(first, first + 1);
    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("" + ordinals.size());
  }

  private static LongStream ordinals(JsonNode gap) {
    return LongStream.rangeClosed(
        gap.path("firstOrdinal").longValue(), gap.path("lastOrdinal").longValue());
  }
}
