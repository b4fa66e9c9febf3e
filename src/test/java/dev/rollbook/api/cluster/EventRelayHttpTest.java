package dev.rollbook.api.cluster;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.rollbook.cluster.FakeCluster;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.EventClient.Received;
import dev.rollbook.http.RawRequest;
import dev.rollbook.web.security.AbstractAuthenticationHttpTest;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// Event streams of threads that another replica has in memory.
class EventRelayHttpTest extends AbstractAuthenticationHttpTest {
  @Autowired FakeCluster cluster;
  private String thread;
  private String events;

  @BeforeEach
  void startThread() {
    thread = client.startThread();
    events = thread(thread) + "/events";
  }

  @AfterEach
  void giveBack() {
    cluster.clear();
  }

  private void append(int items) {
    for (int i = 0; i < items; i++) {
      expect(
          200,
          client.post(thread(thread) + "/items", "{\"items\":[{\"type\":\"x\",\"payload\":1}]}"));
    }
  }

  private EventClient open(String... headers) {
    var all = new String[headers.length + 2];
    all[0] = "authorization";
    all[1] = "Bearer " + ALL;
    System.arraycopy(headers, 0, all, 2, headers.length);
    return EventClient.open(port, events, all);
  }

  private static void begin(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    write(exchange, ": rollbook\nretry: 2000\n\n");
  }

  private static void write(HttpExchange exchange, String text) throws IOException {
    exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
  }

  private String item(long ordinal) {
    return """
    id: %d
    event: item/appended
    data: {"threadId":"%s","ordinal":%d,"persisted":true,"item":{"timestamp":"2026-11-22T12:46:01.300Z","ordinal":%d,"type":"x","payload":%d}}

    """
        .formatted(ordinal, thread, ordinal, ordinal, ordinal);
  }

  private static String lastEventId(StubPeer peer) {
    return peer.received().getLast().headers().getFirst("Last-Event-ID");
  }

  @Test
  void eventsOfTheOwnerArePassedOnAndContinuedAtTheNextOne() throws Exception {
    var hangUp = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (var next =
            StubPeer.start(exchange -> {
              begin(exchange);
              write(exchange, item(6));
              end.await();
            });
        var owner =
            StubPeer.start(exchange -> {
              begin(exchange);
              write(exchange, item(5));
              hangUp.await();
              cluster.setOwner(thread, next.replica());
              write(exchange, item(6).substring(0, 20));
            })) {
      cluster.setOwner(thread, owner.replica());
      try (var follower = open("Last-Event-ID", "4")) {
        follower.awaitEvents(1);
        assertThat(lastEventId(owner)).isEqualTo("4");
        hangUp.countDown();
        follower.awaitEvents(2);

        assertThat(follower.received()).extracting(Received::ordinal).containsExactly(5L, 6L);
        assertThat(lastEventId(next)).isEqualTo("5");
        assertThat(follower.header("X-Content-Type-Options")).isEqualTo("nosniff");
      } finally {
        end.countDown();
      }
    }
  }

  @Test
  void aStreamGoesOnHereIfTheThreadComesHere() {
    append(3);
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          write(exchange, item(0));
          cluster.release(thread);
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var follower = open("Last-Event-ID", "-1")) {
        follower.awaitEvents(4);

        assertThat(follower.items()).extracting(Received::ordinal).containsExactly(0L, 1L, 2L, 3L);
      }
    }
  }

  @Test
  void aStreamFollowsAThreadThatLeaves() throws Exception {
    var never = new CountDownLatch(1);
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          write(exchange, item(1));
          never.await();
        })) {
      try (var follower = open("Last-Event-ID", "-1")) {
        follower.awaitEvents(1);
        cluster.setOwner(thread, owner.replica());
        follower.awaitEvents(2);

        assertThat(follower.items()).extracting(Received::ordinal).containsExactly(0L, 1L);
        assertThat(lastEventId(owner)).isEqualTo("0");
      } finally {
        never.countDown();
      }
    }
  }

  /// Another replica may have added events meanwhile, which only the history has.
  @Test
  void aStreamIsReadAgainFromTheHistoryIfTheThreadWasAway() {
    try (var follower = open("Last-Event-ID", "-1")) {
      follower.awaitEvents(1);
      cluster.setOwner(thread, StubPeer.refusing());
      cluster.release(thread);
      await().until(() -> follower.comments().stream().filter(": rollbook"::equals).count() == 2);
      append(1);
      follower.awaitEvents(2);

      assertThat(follower.items()).extracting(Received::ordinal).containsExactly(0L, 1L);
    }
  }

  @Test
  void anOwnerThatIsGoneIsNotWaitedFor() throws Exception {
    var never = new CountDownLatch(1);
    append(1);
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          write(exchange, item(0));
          never.await();
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var follower = open("Last-Event-ID", "-1")) {
        follower.awaitEvents(1);
        cluster.setGone(owner.replica());
        follower.awaitEvents(2);

        assertThat(follower.items()).extracting(Received::ordinal).containsExactly(0L, 1L);
      } finally {
        never.countDown();
      }
    }
  }

  @Test
  void aRefusalOfTheOwnerIsThatOfTheStream() {
    try (var owner =
        StubPeer.start(exchange ->
            StubPeer.answer(
                exchange, 404, "application/problem+json", "{\"code\":\"thread_not_found\"}"))) {
      cluster.setOwner(thread, owner.replica());
      var answer = with(ALL, RawRequest.of("GET", events)).send(port);

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).contains("thread_not_found");
    }
  }

  @Test
  void aCallerThatDoesNotSeeTheThreadDoesNotLearnThatItsOwnerIsAway() {
    cluster.setOwner(thread, StubPeer.refusing());

    var answer = with(ANN, RawRequest.of("GET", events)).send(port);

    assertThat(answer.status()).isEqualTo(404);
  }

  @Test
  void aStreamThatTheOwnerEndsForGoodEnds() {
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          write(
              exchange,
              "event: stream/lagged\ndata: {\"threadId\":\"%s\",\"lastOrdinal\":4}\n\n"
                  .formatted(thread));
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var follower = open()) {
        await().until(follower::isEnded);

        assertThat(follower.names()).containsExactly("stream/lagged");
        assertThat(owner.received()).hasSize(1);
      }
    }
  }

  @Test
  void aStreamEndsWithTheCredentialOfTheClient() {
    var never = new CountDownLatch(1);
    var token = TOKENS.token("follower", EnumSet.of(Scope.READ, Scope.ALL_TENANTS));
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          never.await();
        })) {
      cluster.setOwner(thread, owner.replica());
      // The service reads the tokens file again when it has changed.
      await()
          .until(() -> with(token, RawRequest.of("GET", "/v1/threads")).send(port).status() == 200);
      try (var follower = EventClient.open(port, events, "authorization", "Bearer " + token)) {
        TOKENS.remove("follower");
        await().until(follower::isEnded);

        assertThat(follower.names()).containsExactly("stream/ended");
      } finally {
        never.countDown();
      }
    }
  }

  @Test
  void aStreamOfAllThreadsHasTheEventsOfAllReplicas() throws Exception {
    var end = new CountDownLatch(1);
    StubPeer.Handler handler =
        exchange -> {
          begin(exchange);
          write(
              exchange,
              "event: thread/resumed\ndata: {\"threadId\":\"%s\",\"at\":\"2026-11-22T12:45:58.677Z\"}\n\n"
                  .formatted(thread));
          end.await();
        };
    try (var first = StubPeer.start(handler);
        var later = StubPeer.start(handler)) {
      cluster.setOwner(thread, first.replica());
      try (var follower = EventClient.open(port, "/v1/events", "authorization", "Bearer " + ALL)) {
        await().until(() -> follower.about(thread).size() == 1);
        cluster.setOwner(thread, later.replica());
        await().until(() -> follower.about(thread).size() == 2);
        var own = client.startThread();
        await().until(() -> !follower.about(own).isEmpty());

        assertThat(first.received()).hasSize(1);
        assertThat(first.received().getFirst().target()).isEqualTo("/v1/events");
      } finally {
        end.countDown();
      }
    }
  }

  @Test
  void aStreamOfAllThreadsEndsIfAPeerHasLeftOutEvents() {
    try (var peer =
        StubPeer.start(exchange -> {
          begin(exchange);
          write(
              exchange, "event: stream/lagged\ndata: {\"threadId\":null,\"lastOrdinal\":null}\n\n");
        })) {
      cluster.setOwner(thread, peer.replica());
      try (var follower = EventClient.open(port, "/v1/events", "authorization", "Bearer " + ALL)) {
        await().until(follower::isEnded);

        assertThat(follower.names()).contains("stream/lagged");
      }
    }
  }

  @Test
  void aClientThatLeavesEndsTheStreamOfTheOwner() {
    var left = new CountDownLatch(1);
    try (var owner =
        StubPeer.start(exchange -> {
          begin(exchange);
          try {
            while (true) {
              write(exchange, ": still here\n\n");
              Thread.onSpinWait();
            }
          } catch (IOException e) {
            left.countDown();
          }
        })) {
      cluster.setOwner(thread, owner.replica());
      open().close();

      await().until(() -> left.getCount() == 0);
    }
  }
}
