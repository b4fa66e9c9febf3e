package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.torture.ThreadJournal.Known;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Compares a thread of the service with what was sent to it and acknowledged.
final class ThreadAudit {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> OWN_TYPES = Set.of("session_meta", "event_msg", "response_item");

  private final RollbookClient client;
  private final ThreadJournal sent;
  private final String path;
  private final Map<Long, String> names = new HashMap<>();
  private final Map<String, Long> ordinals = new HashMap<>();
  private final Set<Long> taken = new HashSet<>();

  /// Ordinals of persisted items that the database has lost.
  private final Set<Long> lost = new HashSet<>();

  private final Map<String, TurnLines> turns = new HashMap<>();
  private TurnLines open;

  /// The lines of one turn, frames included.
  private static final class TurnLines {
    long count;
    boolean ended;
  }

  private ThreadAudit(RollbookClient client, ThreadJournal sent) {
    this.client = client;
    this.sent = sent;
    this.path = thread(sent.id());
  }

  static void of(RollbookClient client, ThreadJournal sent) {
    new ThreadAudit(client, sent).run();
  }

  /// The same after the database has lost its last commits: what was acknowledged is there, or in a
  /// gap with the reason `storage_lost`.
  static void afterLoss(RollbookClient client, ThreadJournal sent) {
    var audit = new ThreadAudit(client, sent);
    for (var gap : audit.gaps()) {
      if (gap.path("reason").stringValue().equals("storage_lost")) {
        ordinals(gap).forEach(audit.lost::add);
      }
    }
    audit.run();
  }

  private void run() {
    var answer = client.get(path + "/items", "accept", "application/x-ndjson");
    if (!sent.isAcknowledged() && answer.status() != 200) {
      return;
    }
    var lines = expect(200, answer).text();
    assertThat(lines).as("%s ends with a whole line", sent.id()).endsWith("\n");
    read(lines.lines().toList());
    assertItems();
    // Rows are compared with rollouts in the background.
    await().pollDelay(Duration.ZERO).atMost(PATIENCE).untilAsserted(this::assertRows);
  }

  private void read(List<String> lines) {
    long before = -1;
    for (var line : lines) {
      var json = JsonMapper.shared().readTree(line);
      long ordinal = json.path("ordinal").longValue(-1);
      assertThat(ordinal).as("ordinal of %s", line).isGreaterThan(before);
      before = ordinal;
      taken.add(ordinal);
      var type = json.path("type").stringValue();
      if (type.equals(JournalItem.TYPE)) {
        item(line, json, ordinal);
      } else {
        assertThat(OWN_TYPES).as(line).contains(type);
      }
      count(json.path("payload"));
    }
    assertThat(lines.getFirst()).contains("\"session_meta\"", sent.id());
  }

  private void item(String line, JsonNode json, long ordinal) {
    var name = json.path("payload").path("name").stringValue();
    var item = sent.sent().get(name);
    assertThat(item).as("was never sent: %s", line).isNotNull();
    assertThat(line).endsWith("\"payload\":" + item.payload() + "}");
    assertThat(json.path("id").isMissingNode()).isEqualTo(!item.identified());
    assertThat(ordinals.put(name, ordinal)).as("is there twice: %s", line).isNull();
    names.put(ordinal, name);
  }

  private void count(JsonNode payload) {
    var type = payload.path("type").stringValue("");
    if (type.equals("task_started")) {
      open = new TurnLines();
      assertThat(turns.put(payload.path("turn_id").stringValue(), open))
          .as("started twice: %s", payload)
          .isNull();
    }
    if (open != null) {
      open.count++;
    }
    if (type.equals("task_complete") || type.equals("turn_aborted")) {
      if (open == null && !lost.isEmpty()) {
        return;
      }
      assertThat(open).as("ended without a start: %s", payload).isNotNull();
      open.ended = true;
      open = null;
    }
  }

  private void assertItems() {
    sent.placed()
        .forEach((ordinal, item) ->
            assertThat(names.get(ordinal))
                .as("ordinal %d of %s", ordinal, sent.id())
                .isEqualTo(lost.contains(ordinal) ? null : item.name()));
    assertPersisted();
    for (var item : sent.skipped()) {
      assertThat(ordinals).as("skipped, of %s", sent.id()).doesNotContainKey(item.name());
    }
    for (var request : sent.requests()) {
      assertThat(request.stream().map(JournalItem::name).map(ordinals::get).filter(o -> o != null))
          .as("order in %s", sent.id())
          .isSorted();
    }
    sent.turns()
        .forEach((turn, known) -> {
          if (isCertain(known)) {
            assertThat(turns).as("turns of %s", sent.id()).containsKey(turn);
            assertThat(turns.get(turn).ended).as(turn).isEqualTo(known == Known.ENDED);
          }
        });
  }

  /// Of a lost item without a known ordinal, only that some lost ordinal may be its own.
  private void assertPersisted() {
    var missing = new HashSet<>(sent.persisted());
    missing.removeIf(item -> ordinals.containsKey(item.name()));
    var ofOthers = new HashSet<>(lost);
    sent.placed()
        .forEach((ordinal, item) -> {
          if (lost.contains(ordinal)) {
            missing.remove(item);
            ofOthers.remove(ordinal);
          }
        });
    assertThat(missing)
        .as("acknowledged, of %s, and not there", sent.id())
        .hasSizeLessThanOrEqualTo(ofOthers.size());
  }

  /// The lines of its turns may be among those that were lost.
  private boolean isCertain(Known known) {
    return known != Known.UNSURE && lost.isEmpty();
  }

  private JsonNode gaps() {
    return expect(200, client.get(path + "/gaps?limit=1000")).json().path("data");
  }

  private static LongStream ordinals(JsonNode gap) {
    return LongStream.rangeClosed(
        gap.path("firstOrdinal").longValue(), gap.path("lastOrdinal").longValue());
  }

  private void assertRows() {
    var row = expect(200, client.get(path)).json();
    assertThat(row.path("itemCount").longValue()).as("%s", row).isEqualTo(taken.size());
    var all = new HashSet<>(taken);
    for (var gap : gaps()) {
      ordinals(gap)
          .forEach(lacking -> assertThat(all.add(lacking)).as("gap over lines: %s", gap).isTrue());
    }
    assertThat(all).hasSize((int) row.path("nextOrdinal").longValue());
    assertThat(all).as("%s", row).allMatch(ordinal -> ordinal < all.size());
    assertTurns();
  }

  private void assertTurns() {
    var cursor = "";
    do {
      var page = expect(200, client.get(path + "/turns?limit=100" + cursor)).json();
      page.path("data").forEach(this::assertTurn);
      cursor = "&cursor=" + page.path("nextCursor").stringValue("");
    } while (!cursor.equals("&cursor="));
  }

  private void assertTurn(JsonNode row) {
    var id = row.path("id").stringValue();
    var known = sent.turns().get(id);
    assertThat(known).as("was never sent: %s", row).isNotNull();
    if (isCertain(known)) {
      assertThat(row.path("status").stringValue().equals("inProgress"))
          .as("%s", row)
          .isEqualTo(known == Known.RUNS);
      assertThat(row.path("itemCount").longValue()).as("%s", row).isEqualTo(turns.get(id).count);
    }
  }
}
