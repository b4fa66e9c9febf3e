package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient.Received;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Who follows a thread hears of everything that happens to it, once and in order.
class EventStreamHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;

  @Test
  void whatIsAppendedAfterTheStreamIsOpenArrives() {
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
      assertThat(itemTexts(events)).isEqualTo(client.lines(thread).subList(1, 5));
      assertThat(events.received().getFirst().at("turnId")).isEqualTo(turn);
      assertThat(events.received().get(4).at("status")).isEqualTo("completed");
      assertThat(events.received().get(1).at("threadId")).isEqualTo(thread);
    }
  }

  @Test
  void theAnswerIsNeitherKeptNorHeldBackOnItsWay() {
    try (var events = follow(client.startThread())) {
      assertThat(events.header("content-type")).isEqualTo("text/event-stream");
      assertThat(events.header("cache-control")).isEqualTo("no-store");
      assertThat(events.header("x-accel-buffering")).isEqualTo("no");
      await().until(() -> "0".equals(events.lastEventId()));
    }
  }

  @Test
  void whileNothingHappensACommentShowsThatTheStreamLives() {
    try (var events = follow(client.startThread());
        var all = EventClient.open(port, "/v1/events")) {
      await().until(() -> events.comments().size() > 2 && all.comments().size() > 2);
    }
  }

  @Test
  void theHistoryIsReplayedAsItHappened() {
    var thread = client.startThread();
    try (var live = follow(thread, "?after=-1")) {
      live.awaitEvents(1);
      var turn = client.startTurn(thread);
      client.append(thread, turn, "1");
      expect(200, client.post(turn(thread, turn) + "/fail", "{\"error\":{\"n\":1.0}}"));

      var told = live.awaitEvents(6);
      try (var replayed = follow(thread, "?after=-1")) {
        assertThat(replayed.awaitEvents(6)).isEqualTo(told);
        client.post(thread(thread) + "/items", body("2"));
        assertThat(live.awaitEvents(7)).isEqualTo(replayed.awaitEvents(7));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      value = {"?after=1, , 2", "?after=3, , 4", "'', 1, 2", "?after=0, 2, 3", "?after=1000, , 6"})
  void aReplayBeginsAfterWhatTheClientHas(String after, String lastEventId, int first) {
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
  void aLongHistoryIsReadToItsEndBeforeTheStreamGoesOn() {
    var thread = client.startThread();
    var hundred = body(Collections.nCopies(100, "1").toArray(String[]::new));
    for (int n = 0; n < 20; n++) {
      expect(200, client.post(thread(thread) + "/items", hundred));
    }
    try (var events = follow(thread, "?after=9")) {
      client.post(thread(thread) + "/items", body("\"last\""));

      await().until(() -> "2001".equals(events.lastEventId()));
      assertThat(events.items()).hasSize(2001 - 9);
      assertThat(itemTexts(events)).isEqualTo(client.lines(thread).subList(10, 2002));
    }
  }

  @Test
  void aSkippedItemIsToldAsItHappensAndIsAGapLater() {
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
      assertThat(item.at("reason")).isEqualTo("recorder_removed");
      assertThat(item.at("gapId")).isEqualTo(gap);
      assertThat(item.json().path("item").path("payload").intValue()).isEqualTo(1);
      assertThat(events.received().getFirst().at("how")).isEqualTo("shutdown");
      var skipped = events.received().get(3);
      assertThat(skipped.at("turnId")).isEqualTo(turn);
      assertThat(skipped.at("firstOrdinal") + "-" + skipped.at("lastOrdinal")).isEqualTo("2-3");
      assertThat(skipped.at("message")).isEqualTo("recorder of thread " + thread + " was removed");

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

      await().until(() -> "1202".equals(events.lastEventId()));
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
  void aHoleThatNoGapIsKnownOfIsShownToo() throws IOException {
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
  void whatTheThreadHoldsAlreadyIsNotToldAgain() {
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
  void whatIsRefusedIsNotTold() {
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
  void theLifeOfAThreadIsToldToBothWhoFollowItAndWhoFollowAll() {
    try (var all = EventClient.open(port, "/v1/events")) {
      var thread = client.startThread();
      try (var events = follow(thread)) {
        client.send(
            "PATCH",
            thread(thread),
            "{\"name\":\"new\"}".getBytes(StandardCharsets.UTF_8),
            "content-type",
            "application/json");
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
        await().until(() -> of(all, thread).size() == 7);
        assertThat(of(all, thread)).extracting(Received::name).startsWith("thread/started");
        assertThat(of(all, thread)).extracting(Received::name).containsAll(life);
        assertThat(of(all, thread)).allMatch(event -> event.id().isEmpty());
        assertThat(of(all, thread).get(1).at("name")).isEqualTo("new");
      }
    }
  }

  @Test
  void whoWatchesADeletedThreadSeesItsTurnGoOnToItsEnd() {
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

  @Test
  void aFreshThreadTellsFirstThatItStandsForOneThatCouldNotBeResumed() {
    var requested = UUID.randomUUID().toString();
    try (var all = EventClient.open(port, "/v1/events")) {
      var fresh =
          expect(201, client.post("/v1/threads", "{\"resumeId\":\"" + requested + "\"}")).at("id");
      await().until(() -> of(all, fresh).size() == 2);
      assertThat(of(all, fresh))
          .extracting(Received::name)
          .containsExactly("thread/resumeFailed", "thread/started");

      assertOpensWith(fresh, "", List.of("thread/resumeFailed"));
      assertOpensWith(fresh, "?after=1", List.of());
      assertOpensWith(fresh, "?after=0", List.of("thread/resumeFailed", "item/appended"));
      assertOpensWith(
          fresh, "?after=-1", List.of("thread/resumeFailed", "item/appended", "item/appended"));
      try (var events = follow(fresh)) {
        var told = events.awaitEvents(1).getFirst();
        assertThat(told.at("requestedId")).isEqualTo(requested);
        assertThat(told.at("reason")).isEqualTo("thread_not_found");
        assertThat(told.at("message")).isEqualTo("thread " + requested + " not found");
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

  @ParameterizedTest
  @CsvSource({"?after=-2, after", "?after=x, after", "?after=9223372036854775807, after"})
  void aPositionThatIsNoneIsRefused(String query, String parameter) {
    var refused = client.get(events(client.startThread()) + query);

    assertThat(expect(400, refused).at("code")).isEqualTo("invalid_request");
    assertThat(refused.text()).contains("\"pointer\":\"" + parameter + "\"");
  }

  @ParameterizedTest
  @CsvSource({"-2", "x"})
  void aLastEventIdThatIsNoneIsRefused(String id) {
    var refused = client.get(events(client.startThread()), "last-event-id", id);

    assertThat(expect(400, refused).text()).contains("\"pointer\":\"Last-Event-ID\"");
  }

  @Test
  void whatCannotBeFollowedIsRefusedAsElsewhere() throws IOException {
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
  void whoAsksOnlyForTheHeadGetsNoStream(String path) {
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

  private static List<Received> of(EventClient all, String thread) {
    return all.received().stream().filter(event -> event.at("threadId").equals(thread)).toList();
  }

  private static List<String> itemTexts(EventClient events) {
    return events.items().stream()
        .map(item -> item.data().substring(item.data().indexOf("\"item\":") + 7))
        .map(item -> item.substring(0, item.length() - 1))
        .toList();
  }
}
