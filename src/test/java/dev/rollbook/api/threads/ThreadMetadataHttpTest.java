package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Names and metadata given by users are kept, and never make a thread unreadable.
class ThreadMetadataHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"x\\udc00y\"}",
        "{\"\\ud800\":1}",
        "{\"a\":{\"b\":[\"\\ude00\\ud83d\"]}}"
      })
  void anUnpairedSurrogateInPatchedMetadataLeavesThreadAndListReadable(String metadata) {
    var source = "surrogates-" + UUID.randomUUID();
    var thread = client.startThread("{\"source\":\"%s\",\"name\":\"n\"}".formatted(source));

    var patched = patch(thread, "{\"metadata\":" + metadata + "}");

    // The parser refuses one in the name of a member.
    boolean inName = metadata.startsWith("{\"\\");
    assertThat(patched.status()).isEqualTo(inName ? 400 : 200);
    if (!inName) {
      assertThat(patched.text()).doesNotContain("\\ud8", "\\udc", "\\ude");
      assertThat(patched.at("metadata")).contains("\uFFFD");
    }
    assertReadable(thread, source);
    expect(200, patch(thread, "{\"name\":\"later\",\"metadata\":{\"more\":1}}"));
    assertReadable(thread, source);
    assertThat(client.get(thread(thread)).at("name")).isEqualTo("later");
  }

  @Test
  void anUnpairedSurrogateInStartMetadataLeavesThreadAndListReadable() {
    var source = "surrogates-" + UUID.randomUUID();
    var started =
        client.post(
            "/v1/threads",
            "{\"source\":\"%s\",\"metadata\":{\"a\":\"\\ud800\"}}".formatted(source));

    expect(201, started);
    assertThat(started.at("metadata", "a")).isEqualTo("\uFFFD");
    expect(200, patch(started.at("id"), "{\"metadata\":{\"more\":1}}"));
    assertReadable(started.at("id"), source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"shutdown", "discard"})
  void aChangeAfterAShutdownIsWrittenToTheRolloutAtOnce(String action) throws IOException {
    var thread = client.startThread("{\"name\":\"old\"}");
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/" + action));
    expect(200, client.append(thread, turn, "\"skipped\""));

    var patched = expect(200, patch(thread, "{\"name\":\"new\",\"pinned\":true}"));

    assertThat(patched.at("change", "persistence", "status")).isEqualTo("persisted");
    assertThat(patched.at("change", "firstOrdinal")).isEqualTo("3");
    assertThat(Files.readAllLines(rollout(thread)))
        .filteredOn(line -> line.contains("_updated\""))
        .satisfiesExactly(
            name -> assertThat(name).contains("\"ordinal\":3", "\"thread_name\":\"new\""),
            pin -> assertThat(pin).contains("\"ordinal\":4", "\"pinned\":true"));
    assertThat(
            expect(200, client.append(thread, turn, "\"still skipped\""))
                .at("persistence", "reason"))
        .isEqualTo("recorder_removed");
    assertThat(patch(thread, "{\"name\":\"new\"}").json().path("change").isNull()).isTrue();
  }

  /// As after a kill on an H2, which has commits on its disk late.
  @Test
  void changesLostFromTheRowAreReadFromTheRollout() {
    var thread = client.startThread("{\"name\":\"old\"}");
    expect(200, patch(thread, "{\"name\":\"older\"}"));
    unload(thread);
    var lost = stateDb.queryForMap("SELECT * FROM thread WHERE id = ?", UUID.fromString(thread));
    var tag = client.get(thread(thread)).header("etag");
    expect(200, patch(thread, "{\"name\":\"new\",\"pinned\":true,\"metadata\":{\"a\":1}}"));
    var kept = client.get(thread(thread));
    unload(thread);
    stateDb.update(
        "UPDATE thread SET name = ?, metadata = ?, pinned = FALSE, revision = ?, next_ordinal = ?,"
            + " rollout_bytes = ? WHERE id = ?",
        lost.get("name"),
        lost.get("metadata"),
        lost.get("revision"),
        lost.get("next_ordinal"),
        lost.get("rollout_bytes"),
        UUID.fromString(thread));

    expect(200, client.append(thread, client.startTurn(thread), "\"loaded\""));

    var found = client.get(thread(thread));
    assertThat(found.header("etag")).isEqualTo(kept.header("etag")).isNotEqualTo(tag);
    assertThat(found.at("name")).isEqualTo("new");
    assertThat(found.at("pinned")).isEqualTo("true");
    assertThat(found.at("metadata", "a")).isEqualTo("1");
    assertThat(patch(thread, "{\"name\":\"stale\"}", tag).status()).isEqualTo(412);
    expect(200, patch(thread, "{\"name\":\"newest\"}", "W/\"x\", " + kept.header("etag")));
  }

  @Test
  void equalStatesHaveEqualETagsAndAWeakETagNeverMatches() {
    var thread = client.startThread("{\"name\":\"a\"}");
    var tag = client.get(thread(thread)).header("etag");
    assertThat(patch(thread, "{\"name\":\"b\"}", "W/" + tag).status()).isEqualTo(412);
    expect(200, patch(thread, "{\"name\":\"b\"}", tag));
    var back = expect(200, patch(thread, "{\"name\":\"a\"}"));
    assertThat(back.header("etag")).isEqualTo(tag);
    assertThat(client.get(thread(client.startThread("{\"name\":\"a\"}"))).header("etag"))
        .isNotEqualTo(tag);
  }

  /// A name that a client writes itself is a name at once, not only after a rebuild.
  @Test
  void aNameInAnItemBecomesTheNameOfTheThread() {
    var thread = client.startThread("{\"name\":\"old\"}");
    var item =
        "{\"type\":\"event_msg\",\"payload\":{\"type\":\"thread_name_updated\",\"thread_id\":\"%s\",\"thread_name\":\"said\"}}"
            .formatted(thread);
    expect(200, client.post(thread(thread) + "/items", "{\"items\":[" + item + "]}"));
    assertThat(client.get(thread(thread)).at("name")).isEqualTo("said");
    unload(thread);
    assertThat(client.get(thread(thread)).at("name")).isEqualTo("said");
  }

  private void assertReadable(String thread, String source) {
    assertThat(expect(200, client.get(thread(thread))).at("id")).isEqualTo(thread);
    var list = expect(200, client.get("/v1/threads?source=" + source)).json().path("data");
    assertThat(list).hasSize(1);
    assertThat(list.path(0).path("id").stringValue()).isEqualTo(thread);
  }

  private RollbookClient.Answer patch(String thread, String json) {
    return patch(thread, json, "*");
  }

  private RollbookClient.Answer patch(String thread, String json, String ifMatch) {
    return client.patch(thread, json, "if-match", ifMatch);
  }
}
