package dev.rollbook.api.events;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.HttpTest;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Subscribers that connect, disconnect and lag while others write.
class EventsUnderLoadHttpTest extends HttpTest {
  private static final int WRITERS = 16;
  private static final String LAGGED = "events_lagged_total";
  private static final int CONNECTIONS = 11;
  private static final String KILOBYTES = "\"" + "x".repeat(64 * 1024) + "\"";

  @Test
  @Timeout(120)
  void aClientThatReconnectsRepeatedlyGetsEveryItemOnceInOrder() throws Exception {
    var thread = client.startThread();
    var stop = new AtomicBoolean();
    List<Long> ordinals = new ArrayList<>();
    try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int n = 0; n < WRITERS; n++) {
        running.add(writers.submit(() -> write(thread, stop)));
      }
      var last = "-1";
      try {
        for (int n = 0; n < CONNECTIONS; n++) {
          last = readSome(thread, last, n, ordinals);
        }
      } finally {
        stop.set(true);
      }
      for (var one : running) {
        one.get();
      }
      long end = client.get(thread(thread)).json().path("nextOrdinal").longValue() - 1;
      readTo(thread, last, end, ordinals);
      assertThat(ordinals).isEqualTo(LongStream.rangeClosed(0, end).boxed().toList());
    }
    assertThat(client.lines(thread)).hasSize(ordinals.size());
  }

  @Test
  @Timeout(120)
  void aSubscriberThatDoesNotReadIsClosedAndBlocksNobody() throws IOException {
    var thread = client.startThread();
    double before = metric(LAGGED);
    try (var dawdler = new Socket("127.0.0.1", port);
        var beside = EventClient.open(port, thread(thread) + "/events")) {
      dawdler
          .getOutputStream()
          .write(
              "GET %s/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .formatted(thread(thread))
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(dawdler.getInputStream().read()).isEqualTo('H');
      var large = body(Collections.nCopies(100, KILOBYTES).toArray(String[]::new));
      int items = 0;
      for (; items < 1000; items += 100) {
        expect(200, client.post(thread(thread) + "/items", large));
        int soFar = items + 100;
        await().until(() -> beside.items().size() >= soFar || beside.isEnded());
      }
      assertThat(beside.items()).hasSize(items);

      dawdler.setSoTimeout(60_000);
      var received = new String(dawdler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(received).contains("event: stream/lagged\ndata: {\"threadId\":\"" + thread);
    }
    await().untilAsserted(() -> assertThat(metric(LAGGED)).isEqualTo(before + 1));
    assertThat(loggedOutsideJobs(Level.WARN)).isEmpty();
  }

  /// Appends in turns of one and of a few, so that events are of all sizes.
  private void write(String thread, AtomicBoolean stop) {
    for (int n = 1; !stop.get(); n++) {
      var items = Collections.nCopies(n % 3 == 0 ? 40 : 1, "1").toArray(String[]::new);
      expect(200, client.post(thread(thread) + "/items", body(items)));
    }
  }

  /// Hangs up in the middle, and returns the last id that was received.
  private String readSome(String thread, String last, int n, List<Long> ordinals) {
    try (var events =
        EventClient.open(port, thread(thread) + "/events?after=-1", "last-event-id", last)) {
      await().until(() -> events.items().size() > 50 * n || events.isEnded());
      events.close();
      return took(events, last, ordinals);
    }
  }

  private void readTo(String thread, String last, long end, List<Long> ordinals) {
    var position = last;
    while (Long.parseLong(position) < end) {
      try (var events =
          EventClient.open(port, thread(thread) + "/events", "last-event-id", position)) {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> ("" + end).equals(events.lastEventId()) || events.isEnded());
        position = took(events, position, ordinals);
      }
    }
  }

  private static String took(EventClient events, String last, List<Long> ordinals) {
    var items = events.items();
    items.forEach(item -> ordinals.add(item.ordinal()));
    return items.isEmpty() ? last : items.getLast().id();
  }
}
