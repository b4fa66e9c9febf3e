package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Gaps of a history are listed and can be repaired.
class GapsHttpTest extends AbstractGapHttpTest {
  @Autowired JdbcTemplate stateDb;
  @Autowired Gaps gaps;
  @Autowired UnsavedGaps unsaved;
  @Autowired SkipJournal journal;

  @Test
  void aRepairWritesItemsAtTheirOrdinals() {
    client.append(thread, turn, "\"before\"");
    var gap = gapOf("\"lost 1\"", "\"lost 2\"");
    client.append(thread, turn, "\"after\"");

    var receipt = expect(200, repair(gap, "\"lost 1\"", "\"lost 2\""));

    assertThat(receipt.at("firstOrdinal")).isEqualTo("3");
    assertThat(receipt.at("lastOrdinal")).isEqualTo("4");
    assertThat(receipt.at("accepted")).isEqualTo("2");
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(payloads()).endsWith("\"before\"", "\"lost 1\"", "\"lost 2\"", "\"after\"");
    assertOrdinalsAreWhole();
    assertThat(gaps()).isEmpty();
    var now = client.get(thread(thread));
    assertThat(now.at("completeness")).isEqualTo("complete");
    assertThat(now.at("itemCount")).isEqualTo(now.at("nextOrdinal"));
    assertThat(client.get(RollbookClient.turn(thread, turn)).at("skippedItemCount")).isEqualTo("0");
    assertThat(client.get(RollbookClient.turn(thread, turn)).at("itemCount")).isEqualTo("5");
  }

  @Test
  void aGapIsListedWithOrdinalsTimeAndReason() {
    var gap = gapOf("1", "2");

    var listed = client.get(thread(thread) + "/gaps").json();

    assertThat(listed.path("nextCursor").isNull()).isTrue();
    assertThat(listed.path("data")).hasSize(1);
    var one = listed.path("data").path(0);
    assertThat(one.path("id").stringValue()).isEqualTo(gap);
    assertThat(one.path("turnId").stringValue()).isEqualTo(turn);
    assertThat(one.path("firstOrdinal").longValue()).isEqualTo(2);
    assertThat(one.path("lastOrdinal").longValue()).isEqualTo(3);
    assertThat(one.path("reason").stringValue()).isEqualTo("recorder_removed");
    assertThat(one.path("pending").booleanValue()).isFalse();
    assertThat(one.path("recordedAt").stringValue()).endsWith("Z");
  }

  @Test
  void gapsAreListedPageByPage() {
    var ids = new ArrayList<String>();
    for (int n = 0; n < 3; n++) {
      ids.add(gapOf("1"));
      client.append(thread, turn, "\"between\"");
    }

    var first = client.get(thread(thread) + "/gaps?limit=2").json();
    var rest =
        client
            .get(thread(thread) + "/gaps?cursor=" + first.path("nextCursor").stringValue())
            .json();

    var seen = new ArrayList<String>();
    first.path("data").forEach(gap -> seen.add(gap.path("id").stringValue()));
    rest.path("data").forEach(gap -> seen.add(gap.path("id").stringValue()));
    assertThat(seen).isEqualTo(ids);
    assertThat(rest.path("nextCursor").isNull()).isTrue();
  }

  @Test
  void gapsOfAllThreadsAreListedLatestFirst() {
    var mine = new ArrayList<String>();
    for (int n = 0; n < 3; n++) {
      startATurn();
      mine.add(gapOf("1"));
    }
    expect(200, client.patch(thread, "{\"name\":\"with a gap\"}"));

    var seen = new ArrayList<String>();
    var path = "/v1/gaps?limit=2&reason=recorder_removed";
    var page = expect(200, client.get(path)).json();
    var latest = page.path("data").path(0);
    while (seen.size() < 3) {
      page.path("data").forEach(gap -> seen.add(gap.path("id").stringValue()));
      page = client.get(path + "&cursor=" + page.path("nextCursor").stringValue()).json();
    }

    assertThat(seen.subList(0, 3)).isEqualTo(mine.reversed());
    assertThat(latest.path("threadId").stringValue()).isEqualTo(thread);
    assertThat(latest.at("/thread/name").stringValue()).isEqualTo("with a gap");
    assertThat(expect(200, client.get("/v1/gaps?reason=storage_full")).text()).doesNotContain(mine);

    expect(200, repair(mine.getLast(), "1"));
    assertThat(client.get(path).text()).doesNotContain(mine.getLast()).contains(mine.get(1));
    expect(204, client.delete(thread(thread)));
    assertThat(client.get(path).text()).doesNotContain(thread);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reason=recorder",
        "limit=0",
        "limit=101",
        "cursor=x",
        "cursor=VVBEQVRFRF9BVC0vMTAwMC8wMWEyMDQwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE"
      })
  void parametersOfTheListOfAllGapsAreChecked(String parameter) {
    var refused = expect(400, client.get("/v1/gaps?" + parameter));

    assertThat(refused.json().at("/errors/0/pointer").stringValue())
        .isEqualTo(parameter.substring(0, parameter.indexOf('=')));
  }

  @Test
  void aRepairCanBeRepeated() {
    var gap = gapOf("1", "2");
    client.append(thread, turn, "3");
    expect(200, repair(gap, "1", "2"));
    var lines = client.lines(thread);

    var again = expect(200, repair(gap, "1", "2"));

    assertThat(again.at("accepted")).isEqualTo("0");
    assertThat(again.at("duplicates")).isEqualTo("2");
    assertThat(again.at("firstOrdinal")).isEqualTo("2");
    assertThat(client.lines(thread)).isEqualTo(lines);
    assertThat(expect(409, repair(gap, "1", "\"other\"")).at("code")).isEqualTo("gap_repaired");
    assertThat(expect(409, repair(gap, "1")).at("code")).isEqualTo("gap_repaired");
  }

  @Test
  void aRepairNeedsTheExactNumberOfItems() {
    var gap = gapOf("1", "2");

    for (var items : List.of(List.of("1"), List.of("1", "2", "3"))) {
      var refused = expect(400, repair(gap, items.toArray(String[]::new)));
      assertThat(refused.json().path("errors").path(0).path("pointer").stringValue())
          .isEqualTo("/items");
      assertThat(refused.at("detail")).contains("as many as the gap lacks: 2");
    }
    assertThat(gaps()).hasSize(1);
  }

  @Test
  void anUnknownGapIsNotFound() {
    var other = client.startThread();
    var gap = gapOf("1");

    assertThat(expect(404, repair(UUID.randomUUID().toString(), "1")).at("code"))
        .isEqualTo("gap_not_found");
    assertThat(expect(404, put(other, gap, body("1"))).at("code")).isEqualTo("gap_not_found");
    assertThat(expect(404, put(UUID.randomUUID().toString(), gap, body("1"))).at("code"))
        .isEqualTo("thread_not_found");
    expect(400, repair("no-id", "1"));
    expect(404, client.get(thread(UUID.randomUUID().toString()) + "/gaps"));
  }

  @Test
  void aMissingRolloutMustBeRestoredBeforeARepair() throws IOException {
    var file = rollout(thread);
    var away = file.resolveSibling("away");
    Files.move(file, away);
    var receipt = client.append(thread, turn, "1");
    assertThat(receipt.at("persistence", "reason")).isEqualTo("rollout_missing");
    var gap = receipt.at("persistence", "gapId");

    var refused = expect(409, repair(gap, "1"));
    assertThat(refused.at("code")).isEqualTo("rollout_missing");
    assertThat(refused.at("detail")).contains(file.getFileName().toString(), "put the file back");

    Files.move(away, file);
    expect(200, repair(gap, "1"));
    assertOrdinalsAreWhole();
  }

  @Test
  void aRepairDoesNotDuplicateAnExistingItem() {
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap =
        client.post(RollbookClient.turn(thread, turn) + "/items", item).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    client.post(RollbookClient.turn(thread, turn) + "/items", item);

    var refused = expect(409, put(thread, gap, item));

    assertThat(refused.at("code")).isEqualTo("item_present");
    assertThat(refused.at("detail")).contains("at ordinal 3");
  }

  @Test
  void repairedItemsAreDeduplicated() {
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap =
        client.post(RollbookClient.turn(thread, turn) + "/items", item).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, put(thread, gap, item));

    var again = client.post(RollbookClient.turn(thread, turn) + "/items", item);

    assertThat(again.at("duplicates")).isEqualTo("1");
    assertThat(again.at("firstOrdinal")).isEqualTo("2");
  }

  @Test
  void aDiskFailureDuringARepairLeavesTheRolloutUnchanged() throws IOException {
    var gap = gapOf("1");
    client.append(thread, turn, "2");
    var before = Files.readString(rollout(thread));
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));

    assertThat(expect(507, repair(gap, "1")).at("retryable")).isEqualTo("true");

    disk.heal();
    assertThat(Files.readString(rollout(thread))).isEqualTo(before);
    expect(200, repair(gap, "1"));
    assertOrdinalsAreWhole();
  }

  @Test
  void aRepairedFirstUserMessageBecomesThePreview() {
    var message =
        "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":\"%s\"}}]}";
    var path = RollbookClient.turn(thread, turn) + "/items";
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap = client.post(path, message.formatted("first")).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    client.post(path, message.formatted("second"));
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("second");

    expect(200, put(thread, gap, message.formatted("first")));

    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("first");
  }

  /// The new owner may have written items with the same ordinals.
  @Test
  void gapsThatOnlyThisProcessKnowsAreForgottenIfAnotherTakesTheThreadOver() {
    gapOf("1", "2");
    var id = ThreadId.parse(thread);
    assertThat(journal.end(id)).isPositive();

    gaps.lost(id);

    assertThat(journal.has(id)).isFalse();
    unsaved.saveAgain();
    assertThat(unsaved.of(id.value())).isEmpty();
  }

  @Test
  void aHoleMissingFromTheStateDbIsFoundAgain() throws IOException {
    gapOf("1", "2");
    client.append(thread, turn, "3");
    expect(200, client.complete(thread, turn));
    await()
        .until(() ->
            stateDb.queryForObject(
                    "SELECT item_count FROM thread WHERE id = ?",
                    Long.class,
                    UUID.fromString(thread))
                == 4);
    expect(200, client.post(thread(thread) + "/archive"));
    stateDb.update("DELETE FROM gap WHERE thread_id = ?", UUID.fromString(thread));
    stateDb.update("UPDATE thread SET rollout_bytes = 1 WHERE id = ?", UUID.fromString(thread));

    expect(200, client.post(thread(thread) + "/unarchive"));

    var gap = gaps().getFirst();
    assertThat(gap.path("reason").stringValue()).isEqualTo("unknown");
    assertThat(gap.path("firstOrdinal").longValue()).isEqualTo(2);
    assertThat(gap.path("lastOrdinal").longValue()).isEqualTo(3);
    assertThat(gap.path("turnId").stringValue()).isEqualTo(turn);
    expect(200, repair(gap.path("id").stringValue(), "1", "2"));
    assertOrdinalsAreWhole();
  }
}
