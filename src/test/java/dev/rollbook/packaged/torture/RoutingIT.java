package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.EventClient.Received;
import dev.rollbook.packaged.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What clients of one replica see when the threads of others move, and while the database is away.
/// The clients do not reconnect.
class RoutingIT {
  private static final String ITEM = "{\"items\":[{\"type\":\"x\",\"payload\":1}]}";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static PostgresServer postgres;
  private static ThreeReplicas replicas;

  @BeforeAll
  static void start(@TempDir Path data, @TempDir Path logs) throws IOException {
    postgres = PostgresServer.create(data.resolve("postgres"));
    replicas =
        ThreeReplicas.start(
            data,
            logs,
            (n, port) ->
                ("SPRING_DATASOURCE_URL='%s' ROLLBOOK_CLUSTER_ADDRESS=http://127.0.0.1:%d"
                        + " ROLLBOOK_LIVE_IDLE_TIMEOUT=1s")
                    .formatted(PostgresServer.url(postgres.port()), port));
  }

  @AfterAll
  static void stop() {
    replicas.close();
    postgres.close();
  }

  private void append(int replica, String thread) {
    expect(200, replicas.client(replica).post(thread(thread) + "/items", ITEM));
  }

  private EventClient follow(int replica, String thread) {
    var events = thread(thread) + "/events";
    return EventClient.open(replicas.port(replica), events, "Last-Event-ID", "-1");
  }

  private static void awaitItems(EventClient follower, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(follower.items())
                .extracting(Received::ordinal)
                .containsExactlyElementsOf(LongStream.range(0, count).boxed().toList()));
    assertThat(follower.isEnded()).isFalse();
  }

  @Test
  void aStreamGoesOnWhenTheOwnerOfItsQuietThreadIsKilled() throws Exception {
    var thread = replicas.client(1).startThread();
    try (var follower = follow(0, thread)) {
      awaitItems(follower, 1);
      replicas.service(1).sigkill();
      replicas.service(1).awaitExit();
      append(0, thread);
      append(2, thread);

      awaitItems(follower, 3);
    } finally {
      replicas.restart(1);
    }
  }

  /// Each time that the thread leaves the memory of its owner, another replica may claim it.
  @Test
  void aStreamMissesNothingWhenItsThreadIsUnloaded() {
    var thread = replicas.client(0).startThread();
    try (var follower = follow(0, thread)) {
      for (int items = 1; items < 6; items++) {
        awaitItems(follower, items);
        int before = follower.comments().size();
        await().atMost(PATIENCE).until(() -> follower.comments().size() > before);
        append(1 + items % 2, thread);
      }
      awaitItems(follower, 6);
    }
  }

  @Test
  void aTurnGoesOnAtAnyReplicaWhileTheDatabaseIsAway() {
    var thread = replicas.client(1).startThread();
    var turn = replicas.client(1).startTurn(thread);
    var items = turn(thread, turn) + "/items";
    expect(200, replicas.client(0).post(items, ITEM));
    postgres.stopImmediately();

    var answer = expect(200, replicas.client(0).post(items, ITEM));

    assertThat(answer.text()).contains("\"pending\":true");
    postgres.start();
    await()
        .atMost(PATIENCE)
        .until(() -> replicas.client(2).get(thread(thread) + "/items").text().contains("\"x\""));
  }
}
