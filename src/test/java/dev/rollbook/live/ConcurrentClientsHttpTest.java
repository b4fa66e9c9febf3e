package dev.rollbook.live;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.HttpTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Concurrent clients: no end of a turn is lost on its way to the state-db, and no thread starts
/// twice.
class ConcurrentClientsHttpTest extends HttpTest {
  private static final int CLIENTS = 6;
  private static final int TURNS = 34;
  private static final int APPENDS = 5;
  private static final String OF_SOURCE =
      " WHERE thread_id IN (SELECT id FROM thread WHERE source = ?)";

  @Autowired JdbcTemplate stateDb;

  @Test
  void noEndedTurnStaysInProgressInTheStateDb() throws Exception {
    var source = "turns-" + UUID.randomUUID();

    atOnce(CLIENTS, client -> runTurns(source));

    await()
        .during(Duration.ofMillis(600))
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(count("turn" + OF_SOURCE + " AND status = 'inProgress'", source)).isZero();
          assertThat(count("thread WHERE source = ? AND active_turn_id IS NOT NULL", source))
              .isZero();
        });
    assertThat(count("turn" + OF_SOURCE + " AND status = 'completed'", source))
        .isEqualTo(CLIENTS * TURNS);
    assertThat(count("turn" + OF_SOURCE + " AND item_count = 4", source))
        .isEqualTo(CLIENTS * TURNS);
    assertThat(loggedOutsideJobs(Level.WARN)).isEmpty();
  }

  @RepeatedTest(10)
  void concurrentStartsOfOneThreadShareIt() throws Exception {
    var id = UUID.randomUUID().toString();
    var start = "{\"id\":\"%s\"}".formatted(id);
    var ready = new CyclicBarrier(CLIENTS);

    var statuses =
        atOnce(
            CLIENTS,
            client -> {
              ready.await();
              int status = this.client.post("/v1/threads", start).status();
              appendOutsideTurns(id, client);
              return status;
            });

    assertThat(statuses).containsOnlyOnce(201).containsOnly(200, 201);
    assertThat(count("thread WHERE id = ?", UUID.fromString(id))).isEqualTo(1);
    assertOneRollout(id);
    var lines = client.lines(id);
    assertThat(lines).hasSize(1 + CLIENTS * APPENDS);
    for (int ordinal = 0; ordinal < lines.size(); ordinal++) {
      assertThat(lines.get(ordinal)).contains("\"ordinal\":" + ordinal + ",");
    }
    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("" + lines.size());
    assertThat(loggedOutsideJobs(Level.WARN)).isEmpty();
  }

  @RepeatedTest(10)
  void concurrentStartsOfOneTurnShareIt() throws Exception {
    var thread = client.startThread();
    var start = "{\"id\":\"%s\",\"input\":\"Go\"}".formatted(UUID.randomUUID());
    var ready = new CyclicBarrier(CLIENTS);

    var statuses =
        atOnce(
            CLIENTS,
            client -> {
              ready.await();
              return this.client.post(thread(thread) + "/turns", start).status();
            });

    assertThat(statuses).containsOnlyOnce(201).containsOnly(200, 201);
    assertThat(client.lines(thread)).filteredOn(line -> line.contains("task_started")).hasSize(1);
  }

  /// Turns on threads of its own, a few on each: some threads are young when a turn ends.
  private int runTurns(String source) {
    var thread = "";
    for (int n = 0; n < TURNS; n++) {
      if (n % 5 == 0) {
        thread = client.startThread("{\"source\":\"%s\"}".formatted(source));
      }
      var turn = client.startTurn(thread);
      for (int item = 0; item < 2; item++) {
        var receipt = expect(200, client.append(thread, turn, "1"));
        assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
      }
      expect(200, client.complete(thread, turn));
    }
    return TURNS;
  }

  private void appendOutsideTurns(String id, int client) {
    for (int n = 0; n < APPENDS; n++) {
      var mark = "\"c%d-%d\"".formatted(client, n);
      var receipt = expect(200, this.client.post(thread(id) + "/items", body(mark)));
      assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    }
  }

  private static void assertOneRollout(String id) throws IOException {
    assertThat(filesNamed(id, dataDir().resolve("sessions"))).hasSize(1);
  }

  private long count(String rows, Object parameter) {
    return stateDb.queryForObject("SELECT COUNT(*) FROM " + rows, Long.class, parameter);
  }

  private interface ClientAction {
    int run(int client) throws Exception;
  }

  /// Fails with the first failure of any client.
  private static List<Integer> atOnce(int clients, ClientAction action)
      throws InterruptedException, ExecutionException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var actions =
          IntStream.range(0, clients)
              .mapToObj(client -> (Callable<Integer>) () -> action.run(client))
              .toList();
      var results = new ArrayList<Integer>();
      for (var result : threads.invokeAll(actions)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
