package dev.rollbook.api.events;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.EventClient.Received;
import dev.rollbook.http.HttpTest;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Subscribers get every event of a thread once and in order.
class EventStreamHttpTest extends HttpTest {
  /// So that the same page works with and without authentication.
  @Test
  void withoutAuthenticationATicketIsGivenAndNotChecked() {
    var thread = client.startThread();
    var wanted = "{\"threadId\":\"%s\"}".formatted(thread);
    var ticket = expect(200, client.post("/v1/stream-tickets", wanted)).at("ticket");

    for (var sent : List.of(ticket, "x", "")) {
      var path = thread(thread) + "/events?after=-1&ticket=" + sent;
      try (var events = EventClient.open(port, path)) {
        assertThat(events.awaitEvents(1)).hasSize(1);
      }
    }
    expect(404, client.post("/v1/stream-tickets", wanted.replace(thread, UUID.randomUUID() + "")));
  }

  @Test
  void itemsAppendedAfterTheSubscriptionArrive() {
    var thread = client.startThread();
    try (var events = follow(thread)) {
      var turn = client.startTurn(thread);
      client.append(thread, turn, "{\"n\":1.50}", "[\n2]");
      client.complete(thread, turn);

      events.awaitEvents(6);
      assertThat(events.names())
          .containsExactly(
              "turn/started",
              "item/appended",
              "item/appended",
              "item/appended",
              "turn/completed",
              "item/appended");
      assertThat(events.items()).extracting(Received::id).containsExactly("1", "2", "3", "4");
      assertThat(events.itemTexts()).isEqualTo(client.lines(thread).subList(1, 5));
      assertThat(events.received().getFirst().at("turnId")).isEqualTo(turn);
      assertThat(events.received().get(4).at("status")).isEqualTo("completed");
      assertThat(events.received().get(1).at("threadId")).isEqualTo(thread);
    }
  }

  @Test
  void theResponseForbidsCachingAndProxyBuffering() {
    try (var events = follow(client.startThread())) {
      assertThat(events.header("content-type")).isEqualTo("text/event-stream");
      assertThat(events.header("cache-control")).isEqualTo("no-store");
      assertThat(events.header("x-accel-buffering")).isEqualTo("no");
      await().until(() -> "0".equals(events.lastEventId()));
    }
  }

  @Test
  void anIdleStreamSendsHeartbeatComments() {
    try (var events = follow(client.startThread());
        var all = EventClient.open(port, "/v1/events")) {
      await().until(() -> events.comments().size() > 2 && all.comments().size() > 2);
    }
  }

  /// As on a mount that is dead: each of the tasks waits in a call of the disk.
  @Test
  void tasksBlockedOnDiskStallNeitherStreamsNorFsyncs() throws Exception {
    // More than the budget of all streams has at once.
    int most = 150 * Runtime.getRuntime().availableProcessors();
    var thread = client.startThread();
    var file = rollout(thread);
    var dead = dataDir().resolve("dead");
    var reached = new CountDownLatch(4);
    var letGo = new CompletableFuture<Void>();
    disk.fail(
        call -> {
          if (call.is(Operation.STAT, dead)) {
            reached.countDown();
            letGo.join();
          }
          return false;
        },
        FaultyDisk.inputOutputError());
    var scheduler = context.getBean(ThreadPoolTaskScheduler.class);
    try (var events = follow(thread)) {
      for (int n = 0; n < 4; n++) {
        scheduler.submit(() -> disk.stat(dead));
      }
      reached.await();

      for (int n = 1; n <= most; n++) {
        var last = String.valueOf(n);
        expect(200, client.post(thread(thread) + "/items", body(last)));
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(1, TimeUnit.MILLISECONDS)
            .until(() -> last.equals(events.lastEventId()));
      }
      int heartbeats = events.comments().size();
      await().until(() -> events.comments().size() > heartbeats);
      await().until(() -> disk.calls().stream().anyMatch(call -> call.is(Operation.FORCE, file)));
    } finally {
      letGo.complete(null);
    }
  }

  @Test
  void duplicateItemsArePublishedOnce() {
    var thread = client.startThread();
    var withId = "{\"items\":[{\"id\":\"a\",\"type\":\"t\",\"payload\":1}]}";
    client.post(thread(thread) + "/items", withId);
    try (var events = follow(thread)) {
      client.post(thread(thread) + "/items", withId);
      client.post(thread(thread) + "/items", body("2"));

      await().until(() -> "2".equals(events.lastEventId()));
      assertThat(events.received()).hasSize(1);
    }
  }

  @Test
  void rejectedItemsAreNotPublished() {
    var thread = client.startThread("{\"persistence\":\"required\"}");
    var turn = client.startTurn(thread);
    try (var events = follow(thread)) {
      disk.failWrites(path -> path.toString().contains(thread), () -> new IOException("broken"));
      expect(503, client.append(thread, turn, "1"));
      expect(200, client.complete(thread, turn));

      events.awaitEvents(1);
      assertThat(events.names()).containsExactly("turn/completed");
    }
  }

  @Test
  void lifecycleEventsReachSubscribersOfTheThreadAndOfAllThreads() {
    try (var all = EventClient.open(port, "/v1/events")) {
      var thread = client.startThread();
      try (var events = follow(thread)) {
        client.patch(thread, "{\"name\":\"new\"}");
        expect(200, client.post(thread(thread) + "/archive"));
        expect(200, client.post(thread(thread) + "/unarchive"));
        expect(200, client.post(thread(thread) + "/discard"));
        expect(200, client.post(thread(thread) + "/resume"));
        expect(204, client.delete(thread(thread)));

        await().until(events::isEnded);
        var life =
            List.of(
                "thread/name/updated",
                "thread/archived",
                "thread/unarchived",
                "thread/closed",
                "thread/resumed",
                "thread/deleted");
        assertThat(events.names())
            .filteredOn(name -> !name.equals("item/appended"))
            .isEqualTo(life);
        await().until(() -> all.about(thread).size() == 7);
        assertThat(all.about(thread)).extracting(Received::name).startsWith("thread/started");
        assertThat(all.about(thread)).extracting(Received::name).containsAll(life);
        assertThat(all.about(thread)).allMatch(event -> event.id().isEmpty());
        assertThat(all.about(thread).get(1).at("name")).isEqualTo("new");
      }
    }
  }

  @Test
  void subscribersOfADeletedThreadSeeItsTurnUntilItsEnd() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    try (var events = follow(thread)) {
      expect(204, client.delete(thread(thread)));
      client.append(thread, turn, "1");
      assertThat(client.get(events(thread), "accept", "text/event-stream").status()).isEqualTo(404);
      expect(200, client.complete(thread, turn));

      await().until(events::isEnded);
      assertThat(events.names())
          .containsExactly(
              "thread/deleted", "item/appended", "persistence/skipped", "turn/completed");
      assertThat(events.items().getFirst().at("reason")).isEqualTo("thread_not_found");
    }
  }

  @ParameterizedTest
  @CsvSource({"?after=-2, after", "?after=x, after", "?after=9223372036854775807, after"})
  void anInvalidStartPositionIsRejected(String query, String parameter) {
    var refused = client.get(events(client.startThread()) + query);

    assertThat(expect(400, refused).at("code")).isEqualTo("invalid_request");
    assertThat(refused.text()).contains("\"pointer\":\"" + parameter + "\"");
  }

  @ParameterizedTest
  @CsvSource({"-2", "x"})
  void anInvalidLastEventIdIsRejected(String id) {
    var refused = client.get(events(client.startThread()), "last-event-id", id);

    assertThat(expect(400, refused).text()).contains("\"pointer\":\"Last-Event-ID\"");
  }

  @Test
  void aThreadThatCannotBeReadIsRejectedAsOnOtherCalls() throws IOException {
    var unknown = client.get(events(UUID.randomUUID().toString()), "accept", "text/event-stream");
    assertThat(expect(404, unknown).at("code")).isEqualTo("thread_not_found");

    var thread = client.startThread();
    assertThat(client.get(events(thread), "accept", "application/json").status()).isEqualTo(406);
    Files.delete(rollout(thread));
    var missing = client.get(events(thread) + "?after=-1", "accept", "text/event-stream");
    assertThat(expect(409, missing).at("code")).isEqualTo("rollout_missing");
    follow(thread).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/events", "thread"})
  void aHeadRequestOpensNoStream(String path) {
    var asked = path.equals("thread") ? events(client.startThread()) : path;

    var head = expect(200, client.send("HEAD", asked, new byte[0]));

    assertThat(head.contentType()).isEqualTo("text/event-stream");
  }

  private EventClient follow(String thread) {
    return follow(thread, "");
  }

  private EventClient follow(String thread, String query, String... headers) {
    return EventClient.open(port, events(thread) + query, headers);
  }

  private static String events(String thread) {
    return thread(thread) + "/events";
  }
}
