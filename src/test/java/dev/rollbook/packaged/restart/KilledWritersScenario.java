package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/// Several writers append to one turn until the kill.
final class KilledWritersScenario extends TurnScenario {
  private static final int WRITERS = 4;
  private static final int ENOUGH = 200;

  private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private List<Thread> writers = List.of();

  @Override
  void firstRun() {
    startTurn();
    var killed = client;
    writers =
        IntStream.range(0, WRITERS)
            .mapToObj(writer -> Thread.ofVirtual().start(() -> write(killed, writer)))
            .toList();
  }

  @Override
  void beforeTheKill() {
    await().until(() -> acknowledged.size() >= ENOUGH || !failures.isEmpty());
  }

  @Override
  void afterTheKill() throws InterruptedException {
    for (var writer : writers) {
      writer.join();
    }
    assertThat(failures).isEmpty();
  }

  @Override
  void secondRun() {
    assertThat(payloads())
        .containsAll(acknowledged)
        .doesNotHaveDuplicates()
        .hasSizeBetween(acknowledged.size(), acknowledged.size() + WRITERS);
    // Rows are compared with rollouts in the background.
    await().untilAsserted(this::assertCounts);
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("inProgress");
    var receipt = expect(200, client.append(thread, turn, "\"after\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");
    assertCounts();
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
  }

  private void write(RollbookClient killed, int writer) {
    try {
      for (int n = 0; n < 1_000_000; n++) {
        var payload = "\"w%d-%d\"".formatted(writer, n);
        var receipt = expect(200, killed.append(thread, turn, payload));
        if (receipt.at("persistence", "status").equals("persisted")) {
          acknowledged.add(payload);
        }
      }
    } catch (UncheckedIOException isKilled) {
      return;
    } catch (RuntimeException | AssertionError failed) {
      failures.add(failed);
    }
  }

  /// What the writers sent, as it is read.
  private List<String> payloads() {
    return client.lines(thread).stream()
        .map(RecordedRollout::parse)
        .map(RecordedRollout.Line::payload)
        .filter(payload -> payload.startsWith("\"w"))
        .toList();
  }
}
