package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.rollout.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.rollout.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// Repairs while other things fail or go on.
class GapRepairHttpTest extends HttpTest {
  @Autowired DataSource dataSource;
  private String thread;
  private String turn;

  @BeforeEach
  void startATurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
  }

  @Test
  void aRepairThatWaitsForTheStateDbHoldsUpNoAppend() throws Exception {
    var gap = gapOf("1");
    await().pollDelay(Duration.ofMillis(600)).until(() -> true);
    var taken = new ArrayList<Connection>();
    try {
      takeAllConnections(taken);
      var repair = CompletableFuture.supplyAsync(() -> repair(gap, "1"));
      TimeUnit.MILLISECONDS.sleep(500);

      long began = System.nanoTime();
      assertThat(client.append(thread, turn, "2").at("persistence", "status"))
          .isEqualTo("persisted");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
      repair.join();
    } finally {
      for (var connection : taken) {
        connection.close();
      }
    }
    expect(200, repair(gap, "1"));
    assertCountsAreWhole();
  }

  @Test
  void aRepairThatTheStateDbDidNotTakeWholeIsCountedOnceWhenItIsRepeated() throws SQLException {
    var gap = gapOf("1");
    expect(200, client.complete(thread, turn));
    await().pollDelay(Duration.ofMillis(600)).until(() -> true);
    try (var other = dataSource.getConnection()) {
      other.setAutoCommit(false);
      try (var lock = other.prepareStatement("SELECT * FROM turn WHERE thread_id = ? FOR UPDATE")) {
        lock.setObject(1, UUID.fromString(thread));
        lock.executeQuery().close();
      }
      repair(gap, "1");
      other.rollback();
    }

    expect(200, repair(gap, "1"));

    assertCountsAreWhole();
    var now = client.get(RollbookClient.turn(thread, turn));
    assertThat(now.at("status")).isEqualTo("completed");
    assertThat(now.at("skippedItemCount")).isEqualTo("0");
    assertThat(now.at("itemCount")).isEqualTo("3");
  }

  @Test
  void aGapThatWasRepairedInPartWhileNobodyLookedKeepsItsId() throws IOException {
    var gap = gapOf("1", "2");
    expect(200, client.complete(thread, turn));
    expect(200, client.post(thread(thread) + "/archive"));
    var file = rollout(thread);
    var lines = new ArrayList<>(Files.readAllLines(file));
    var line = lines.removeLast();
    lines.add(
        "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"ordinal\":2,\"type\":\"note\",\"payload\":1}");
    lines.add(line);
    Files.write(file, lines, StandardOpenOption.TRUNCATE_EXISTING);

    expect(200, client.post(thread(thread) + "/unarchive"));

    expect(200, repair(gap, "2"));
    assertCountsAreWhole();
    assertThat(client.get(thread(thread) + "/gaps").json().path("data")).isEmpty();
  }

  @Test
  void aRepairWhoseNameWasNotForcedToDiskIsReadAndKnownAllTheSame() throws IOException {
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap = client.post(items(), item).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.append(thread, turn, "2"));
    var first = client.post(items(), item.replace("\"a\"", "\"b\""));
    assertThat(first.at("persistence", "status")).isEqualTo("persisted");
    disk.fail(call -> call.operation() == Operation.FORCE_DIRECTORY, inputOutputError());
    expect(503, put(gap, item));
    disk.heal();

    var file = client.get(thread(thread) + "/rollout");

    assertThat(file.text()).isEqualTo(Files.readString(rollout(thread)));
    assertThat(expect(200, put(gap, item)).at("duplicates")).isEqualTo("1");
    assertThat(client.post(items(), item).at("duplicates")).isEqualTo("1");
    assertCountsAreWhole();
  }

  @Test
  void aRepairOfLargeItemsMayBeRepeatedToo() {
    var large = "\"" + "x".repeat(6 << 20) + "\"";
    var gap = gapOf(large, large, large, large);
    expect(200, repair(gap, large, large, large, large));

    assertThat(expect(200, repair(gap, large, large, large, large)).at("duplicates"))
        .isEqualTo("4");
    expect(409, repair(gap, large, large, large, "1"));
    expect(409, repair(gap, large, large, large));
    assertCountsAreWhole();
  }

  private String items() {
    return RollbookClient.turn(thread, turn) + "/items";
  }

  private void takeAllConnections(ArrayList<Connection> taken) {
    try {
      while (true) {
        taken.add(dataSource.getConnection());
      }
    } catch (SQLException allTaken) {
      assertThat(taken).isNotEmpty();
    }
  }

  private void assertCountsAreWhole() {
    await()
        .untilAsserted(() -> {
          var now = client.get(thread(thread));
          assertThat(now.at("completeness")).isEqualTo("complete");
          assertThat(now.at("itemCount")).isEqualTo(now.at("nextOrdinal"));
          assertThat(client.lines(thread)).hasSize(Integer.parseInt(now.at("nextOrdinal")));
        });
  }

  /// Loses items by a shutdown, and opens the thread again.
  private String gapOf(String... payloads) {
    expect(200, client.post(thread(thread) + "/shutdown"));
    var receipt = expect(200, client.append(thread, turn, payloads));
    expect(200, client.post(thread(thread) + "/resume"));
    return receipt.at("persistence", "gapId");
  }

  private Answer repair(String gap, String... payloads) {
    return put(gap, body(payloads));
  }

  private Answer put(String gap, String json) {
    return client.send(
        "PUT",
        thread(thread) + "/gaps/" + gap + "/items",
        json.getBytes(StandardCharsets.UTF_8),
        "content-type",
        "application/json");
  }
}
