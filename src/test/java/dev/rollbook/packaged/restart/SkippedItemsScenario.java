package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Skipped items are found again from the rollout alone, as a hole in the ordinals.
final class SkippedItemsScenario extends TurnScenario {
  private long first;
  private long last;

  @Override
  void firstRun() {
    startTurn();
    expect(200, client.append(thread, turn, "1"));
  }

  /// The kill comes within the half second that H2 may lose.
  @Override
  void beforeTheKill() {
    expect(200, client.post(thread(thread) + "/discard"));
    var lost = expect(200, client.append(thread, turn, "2", "3"));
    expect(200, client.post(thread(thread) + "/resume"));
    last = lastOrdinal(expect(200, client.append(thread, turn, "4")));
    first = lost.json().path("firstOrdinal").longValue();
    assertThat(lost.at("persistence", "reason")).isEqualTo("recorder_removed");
  }

  @Override
  void secondRun() {
    awaitOneHole(first, List.of("recorder_removed", "unknown"));
    assertNextIs("5");
  }

  @Override
  void runWithoutTheOldStateDb() {
    // Whoever asks for a thread gets it whole, however far the comparison is.
    assertOneHole(first, List.of("recorder_removed"));
    assertNextIs("6");
    assertOneHole(first, List.of("recorder_removed"));
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("gapped");
    expect(200, client.complete(thread, turn));
  }

  @Override
  boolean causes(String warning) {
    return warning.contains(thread) && warning.contains("rollout persistence skipped");
  }

  private void assertNextIs(String payload) {
    var receipt = expect(200, client.append(thread, turn, payload));
    assertThat(receipt.json().path("firstOrdinal").longValue()).isEqualTo(last + 1);
    last = lastOrdinal(receipt);
  }

  private static long lastOrdinal(Answer receipt) {
    return receipt.json().path("lastOrdinal").longValue();
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
