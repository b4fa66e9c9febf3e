package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;

/// Gap repairs while other operations fail or run concurrently.
class GapRepairHttpTest extends AbstractGapHttpTest {
  @Autowired DataSource dataSource;
  @Autowired @FlywayDataSource DataSource queries;

  @Test
  void aRepairWaitingForTheStateDbBlocksNoAppend() throws Exception {
    var gap = gapOf("1");
    saveRows();
    var taken = new ArrayList<Connection>();
    var pool = queries.unwrap(HikariDataSource.class);
    long timeout = pool.getConnectionTimeout();
    CompletableFuture<Answer> repair;
    try {
      takeAllConnections(taken);
      pool.setConnectionTimeout(60_000);
      repair = CompletableFuture.supplyAsync(() -> repair(gap, "1"));
      await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() > 0);

      assertThat(client.append(thread, turn, "2").at("persistence", "status"))
          .isEqualTo("persisted");
      assertThat(repair).as("the repair that the append did not wait for").isNotDone();
    } finally {
      pool.setConnectionTimeout(timeout);
      for (var connection : taken) {
        connection.close();
      }
    }
    repair.join();
    expect(200, repair(gap, "1"));
    assertCountsAreWhole();
  }

  @Test
  void aPartlySavedRepairIsCountedOnceWhenRepeated() throws SQLException {
    var gap = gapOf("1");
    expect(200, client.complete(thread, turn));
    saveRows();
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
  void anExternallyPartlyRepairedGapKeepsItsId() throws IOException {
    var gap = gapOf("1", "2");
    expect(200, client.complete(thread, turn));
    expect(200, client.post(thread(thread) + "/archive"));
    var file = rollout(thread);
    var lines = new ArrayList<>(files.readAllLines(file));
    var line = lines.removeLast();
    lines.add(
        "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"ordinal\":2,\"type\":\"note\",\"payload\":1}");
    lines.add(line);
    files.writeString(file, String.join("\n", lines) + "\n");

    expect(200, client.post(thread(thread) + "/unarchive"));

    expect(200, repair(gap, "2"));
    assertCountsAreWhole();
    assertThat(client.get(thread(thread) + "/gaps").json().path("data")).isEmpty();
  }

  @Test
  void aRepairWhoseDirectoryFsyncFailedIsStillRead() throws IOException {
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap = client.post(itemsPath(), item).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.append(thread, turn, "2"));
    var first = client.post(itemsPath(), item.replace("\"a\"", "\"b\""));
    assertThat(first.at("persistence", "status")).isEqualTo("persisted");
    disk.fail(call -> call.operation() == Operation.FORCE_DIRECTORY, inputOutputError());
    expect(503, put(thread, gap, item));
    disk.heal();

    var file = client.get(thread(thread) + "/rollout");

    assertThat(file.text()).isEqualTo(files.readString(rollout(thread)));
    assertThat(expect(200, put(thread, gap, item)).at("duplicates")).isEqualTo("1");
    assertThat(client.post(itemsPath(), item).at("duplicates")).isEqualTo("1");
    assertCountsAreWhole();
  }

  @Test
  void aRepairOfLargeItemsCanBeRepeated() {
    var large = "\"" + "x".repeat(6 << 20) + "\"";
    var gap = gapOf(large, large, large, large);
    expect(200, repair(gap, large, large, large, large));

    assertThat(expect(200, repair(gap, large, large, large, large)).at("duplicates"))
        .isEqualTo("4");
    expect(409, repair(gap, large, large, large, "1"));
    expect(409, repair(gap, large, large, large));
    assertCountsAreWhole();
  }

  private String itemsPath() {
    return RollbookClient.turn(thread, turn) + "/items";
  }

  private void takeAllConnections(ArrayList<Connection> taken) {
    try {
      while (true) {
        taken.add(queries.getConnection());
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
}
