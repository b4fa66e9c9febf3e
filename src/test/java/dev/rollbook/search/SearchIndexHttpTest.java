package dev.rollbook.search;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractSearchHttpTest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The index follows deletions, repairs, forks and archiving of threads.
class SearchIndexHttpTest extends AbstractSearchHttpTest {
  @Test
  void aDeletedThreadIsNotFound() {
    var thread = client.startThread();
    appendMessage(thread, word);
    awaitFound(1, word);

    expect(204, client.delete(thread(thread)));

    assertThat(found(word)).isEmpty();
  }

  @Test
  void aNewThreadWithADeletedIdDoesNotFindOldItems() {
    var thread = client.startThread();
    appendMessage(thread, word + " old");
    awaitFound(1, word);

    expect(204, client.delete(thread(thread)));
    client.startThread("{\"id\":\"%s\"}".formatted(thread));
    appendMessage(thread, word + " new");

    awaitFound(1, word + " new");
    assertThat(found(word + " old")).isEmpty();
  }

  @Test
  void itemsOfAGapRepairAreFound() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/shutdown"));
    var lost = "{\"type\":\"message\",\"content\":\"%s lost\"}".formatted(word);
    var gap = client.append(thread, turn, lost).at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    appendMessage(thread, word + " later");
    awaitFound(1, word);

    expect(200, client.repair(thread, gap, body(lost)));

    assertThat(ordinals(awaitFound(2, word, "&sort=newest"))).contains(2L, 3L);
    assertThat(found(word + " lost").getFirst().path("turnId").stringValue()).isEqualTo(turn);
    expect(200, client.complete(thread, turn));
  }

  @Test
  void aForkIsFoundByItsOwnItemsWhileItsParentExists() {
    var parent = client.startThread();
    appendMessage(parent, word + " before");
    var fork = expect(201, client.post(thread(parent) + "/fork", "{}")).at("id");
    appendMessage(fork, word + " behind");

    assertThat(awaitFound(1, word + " behind").getFirst().path("threadId").stringValue())
        .isEqualTo(fork);
    assertThat(awaitFound(1, word + " before").getFirst().path("threadId").stringValue())
        .isEqualTo(parent);

    expect(204, client.delete(thread(parent)));

    awaitFound(2, word, "&threadId=" + fork);
    appendMessage(fork, word + " even later");
    awaitFound(3, word);
  }

  @Test
  void anArchivedThreadAndItsItemsAfterUnarchivingAreFound() {
    var thread = client.startThread();
    appendMessage(thread, word);
    expect(200, client.post(thread(thread) + "/archive"));
    awaitFound(1, word);

    expect(200, client.post(thread(thread) + "/unarchive"));
    appendMessage(thread, word);

    awaitFound(2, word);
  }

  @Test
  void aRebuiltIndexFindsTheSame() {
    var thread = client.startThread();
    for (int n = 0; n < 30; n++) {
      appendMessage(thread, word + " " + n);
    }
    var before = places(awaitFound(30, word, "&sort=newest&limit=100"));

    var state = expect(200, client.post("/actuator/searchindex", "{}")).json();

    assertThat(state.path("enabled").booleanValue()).isTrue();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          assertThat(places(found(word, "&sort=newest&limit=100"))).isEqualTo(before);
          return state().path("rebuilding").isNull();
        });
    assertThat(places(found(word, "&sort=newest&limit=100"))).isEqualTo(before);
    assertThat(state().path("documents").longValue()).isGreaterThanOrEqualTo(30);
    assertThat(state().path("threads").longValue()).isPositive();
  }

  @Test
  void aLongThreadIsIndexedToItsEnd() {
    var thread = client.startThread();
    var payload = "{\"type\":\"says\",\"text\":\"%s\"}".formatted(word);
    var batch = new String[3000];
    Arrays.fill(batch, payload);
    for (int n = 0; n < 2; n++) {
      expect(200, client.post(thread(thread) + "/items", body(batch)));
    }
    append(thread, "note", "{\"text\":\"%s end\"}".formatted(word));

    awaitFound(1, word + " end", "&threadId=" + thread);
    assertThat(found(word, "&sort=newest&limit=1").getFirst().path("ordinal").longValue())
        .isEqualTo(6_001);
  }

  private JsonNode state() {
    return expect(200, client.get("/actuator/searchindex")).json();
  }

  private static List<String> places(List<JsonNode> hits) {
    return hits.stream()
        .map(hit -> hit.path("threadId") + "/" + hit.path("ordinal") + "/" + snippet(hit))
        .toList();
  }
}
