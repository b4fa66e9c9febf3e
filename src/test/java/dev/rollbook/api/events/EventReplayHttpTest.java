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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// A subscriber that connects late or reconnects gets the missed history before live events.
class EventReplayHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;

  @Test
  void theHistoryIsReplayedInItsOriginalOrder() {
    var thread = client.startThread();
    try (var live = follow(thread, "?after=-1")) {
      live.awaitEvents(1);
      var turn = client.startTurn(thread);
      client.append(thread, turn, "1");
      expect(200, client.post(turn(thread, turn) + "/fail", "{\"error\":{\"n\":1.0}}"));

      var received = live.awaitEvents(6);
      try (var replayed = follow(thread, "?after=-1")) {
        assertThat(replayed.awaitEvents(6)).isEqualTo(received);
        client.post(thread(thread) + "/items", body("2"));
        assertThat(live.awaitEvents(7)).isEqualTo(replayed.awaitEvents(7));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      value = {"?after=1, , 2", "?after=3, , 4", "'', 1, 2", "?after=0, 2, 3", "?after=1000, , 6"})
  void aReplayStartsAfterTheLastEventOfTheClient(String after, String lastEventId, int first) {
    var thread = client.startThread();
    client.post(thread(thread) + "/items", body("1", "2", "3", "4", "5"));
    var headers = lastEventId == null ? new String[0] : new String[] {"last-event-id", lastEventId};
    try (var events = follow(thread, after, headers)) {
      client.post(thread(thread) + "/items", body("6"));

      await().until(() -> "6".equals(events.lastEventId()));
      assertThat(events.items())
          .extracting(Received::ordinal)
          .containsExactlyElementsOf(LongStream.rangeClosed(first, 6).boxed().toList());
    }
  }

  @Test
  void aLongHistoryIsReplayedCompletelyBeforeLiveEvents() {
    var thread = client.startThread();
    var hundred = body(Collections.nCopies(100, "1").toArray(String[]::new));
    for (int n = 0; n < 20; n++) {
      expect(200, client.post(thread(thread) + "/items", hundred));
    }
    try (var events = follow(thread, "?after=9")) {
      client.post(thread(thread) + "/items", body("\"last\""));

      await().until(() -> "2001".equals(events.lastEventId()));
      assertThat(events.items()).hasSize(2001 - 9);
      assertThat(events.itemTexts()).isEqualTo(client.lines(thread).subList(10, 2002));
    }
  }

  @Test
  void aSkipIsAnEventWhenLiveAndAGapInAReplay() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    try (var events = follow(thread)) {
      expect(200, client.post(thread(thread) + "/shutdown"));
      var gap = client.append(thread, turn, "1", "2").at("persistence", "gapId");
      expect(200, client.post(thread(thread) + "/resume"));
      client.append(thread, turn, "3");

      events.awaitEvents(6);
      assertThat(events.names())
          .containsExactly(
              "thread/closed",
              "item/appended",
              "item/appended",
              "persistence/skipped",
              "thread/resumed",
              "item/appended");
      var item = events.items().getFirst();
      assertThat(item.at("persisted")).isEqualTo("false");
      assertThat(item.id()).as("a client that reconnects gets the ordinal again").isEmpty();
      assertThat(item.at("reason")).isEqualTo("recorder_removed");
      assertThat(item.at("gapId")).isEqualTo(gap);
      assertThat(item.json().path("item").path("payload").intValue()).isEqualTo(1);
      assertThat(events.received().getFirst().at("how")).isEqualTo("shutdown");
      var skipped = events.received().get(3);
      assertThat(skipped.at("turnId")).isEqualTo(turn);
      assertThat(skipped.at("firstOrdinal") + "-" + skipped.at("lastOrdinal")).isEqualTo("2-3");
      assertThat(skipped.at("message")).isEqualTo("recorder of thread " + thread + " was removed");

      assertShownAsGap(thread, gap);
    }
  }

  private void assertShownAsGap(String thread, String gap) {
    try (var again = follow(thread, "?after=1")) {
      again.awaitEvents(2);
      assertThat(again.names()).containsExactly("gap", "item/appended");
      var shown = again.received().getFirst();
      assertThat(shown.id()).isEqualTo("3");
      assertThat(shown.at("gapId")).isEqualTo(gap);
      assertThat(shown.at("reason")).isEqualTo("recorder_removed");
    }
    try (var inside = follow(thread, "?after=2")) {
      assertThat(inside.awaitEvents(2).getFirst().at("firstOrdinal")).isEqualTo("3");
    }
  }

  @Test
  void aHistoryThatEndsWithAGapIsReplayedToItsEnd() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/discard"));
    for (int n = 0; n < 12; n++) {
      client.append(thread, turn, Collections.nCopies(100, "1").toArray(String[]::new));
    }
    try (var events = follow(thread, "?after=-1")) {
      events.awaitEvents(4);
      assertThat(events.received().getLast().at("lastOrdinal")).isEqualTo("1201");
      client.append(thread, turn, "1");

      events.awaitEvents(6);
      assertThat(events.names())
          .containsExactly(
              "item/appended",
              "turn/started",
              "item/appended",
              "gap",
              "item/appended",
              "persistence/skipped");
    }
  }

  @Test
  void aHoleWithoutAKnownGapIsReplayedToo() throws IOException {
    var thread = client.startThread();
    client.post(thread(thread) + "/items", body("1", "2", "3"));
    var file = rollout(thread);
    var lines = Files.readAllLines(file);
    client.post(thread(thread) + "/archive");
    var archived = rollout(thread);
    Files.writeString(archived, lines.get(0) + "\n" + lines.get(3) + "\n", StandardCharsets.UTF_8);
    client.post(thread(thread) + "/unarchive");
    expect(200, client.get(thread(thread) + "/gaps"));
    stateDb.update("DELETE FROM gap WHERE thread_id = ?", UUID.fromString(thread));

    try (var events = follow(thread, "?after=-1")) {
      var hole = events.awaitEvents(3).get(1);
      assertThat(hole.name()).isEqualTo("gap");
      assertThat(hole.id()).isEqualTo("2");
      assertThat(hole.at("firstOrdinal")).isEqualTo("1");
      assertThat(hole.at("gapId")).isEqualTo("null");
      assertThat(hole.at("reason")).isEqualTo("null");
    }
  }

  @Test
  void theFirstEventOfAReplacementThreadNamesTheThreadThatCouldNotBeResumed() {
    var requested = UUID.randomUUID().toString();
    try (var all = EventClient.open(port, "/v1/events")) {
      var fresh =
          expect(201, client.post("/v1/threads", "{\"resumeId\":\"" + requested + "\"}")).at("id");
      await().until(() -> all.about(fresh).size() == 2);
      assertThat(all.about(fresh))
          .extracting(Received::name)
          .containsExactly("thread/resumeFailed", "thread/started");

      assertOpensWith(fresh, "", List.of("thread/resumeFailed"));
      assertOpensWith(fresh, "?after=1", List.of());
      assertOpensWith(fresh, "?after=0", List.of("thread/resumeFailed", "item/appended"));
      assertOpensWith(
          fresh, "?after=-1", List.of("thread/resumeFailed", "item/appended", "item/appended"));
      try (var events = follow(fresh)) {
        var received = events.awaitEvents(1).getFirst();
        assertThat(received.at("requestedId")).isEqualTo(requested);
        assertThat(received.at("reason")).isEqualTo("thread_not_found");
        assertThat(received.at("message")).isEqualTo("thread " + requested + " not found");
      }
    }
  }

  private void assertOpensWith(String thread, String after, List<String> names) {
    try (var events = follow(thread, after)) {
      expect(200, client.post(thread(thread) + "/resume"));

      await().until(() -> events.names().contains("thread/resumed"));
      assertThat(events.names().subList(0, names.size())).isEqualTo(names);
      assertThat(events.names()).hasSize(names.size() + 1);
    }
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
