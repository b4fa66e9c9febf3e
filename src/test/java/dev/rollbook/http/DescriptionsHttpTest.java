package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// What a person says of a thread stays, and never makes it unreadable.
class DescriptionsHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"x\\udc00y\"}",
        "{\"\\ud800\":1}",
        "{\"a\":{\"b\":[\"\\ude00\\ud83d\"]}}"
      })
  void halfASurrogatePairInMetadataLeavesThreadAndListReadable(String metadata) {
    var source = "surrogates-" + UUID.randomUUID();
    var thread = client.startThread("{\"source\":\"%s\",\"name\":\"n\"}".formatted(source));

    var patched = patch(thread, "{\"metadata\":" + metadata + "}");

    assertThat(patched.status()).isIn(200, 400);
    assertReadable(thread, source);
    expect(200, patch(thread, "{\"name\":\"later\",\"metadata\":{\"more\":1}}"));
    assertReadable(thread, source);
    assertThat(client.get(thread(thread)).at("name")).isEqualTo("later");
  }

  @Test
  void halfASurrogatePairInMetadataOfTheStartLeavesThreadAndListReadable() {
    var source = "surrogates-" + UUID.randomUUID();
    var started =
        client.post(
            "/v1/threads",
            "{\"source\":\"%s\",\"metadata\":{\"a\":\"\\ud800\"}}".formatted(source));

    assertThat(started.status()).isIn(201, 400);
    if (started.status() == 201) {
      assertReadable(started.at("id"), source);
      expect(200, patch(started.at("id"), "{\"metadata\":{\"more\":1}}"));
      assertReadable(started.at("id"), source);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"shutdown", "discard"})
  void aNewNameStaysThoughItsNoteIsSkipped(String action) {
    var thread = client.startThread("{\"name\":\"old\"}");
    expect(200, client.post(thread(thread) + "/" + action));

    var patched = expect(200, patch(thread, "{\"name\":\"new\"}"));

    assertThat(patched.at("name")).isEqualTo("new");
    awaitGap(thread);
    assertNamed(thread);
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.complete(thread, client.startTurn(thread)));
    awaitTurnCount(thread);
    assertNamed(thread);
  }

  /// The row knows of the skip: what was taken of the thread has been written over it.
  private void awaitGap(String thread) {
    await().until(() -> row(thread, "open_gaps") > 0);
  }

  private void awaitTurnCount(String thread) {
    await().until(() -> row(thread, "turn_count") == 1);
  }

  private int row(String thread, String column) {
    return stateDb.queryForObject(
        "SELECT %s FROM thread WHERE id = ?".formatted(column),
        Integer.class,
        UUID.fromString(thread));
  }

  private void assertNamed(String thread) {
    assertThat(expect(200, client.get(thread(thread))).at("name")).isEqualTo("new");
  }

  private void assertReadable(String thread, String source) {
    assertThat(expect(200, client.get(thread(thread))).at("id")).isEqualTo(thread);
    var list = expect(200, client.get("/v1/threads?source=" + source)).json().path("data");
    assertThat(list).hasSize(1);
    assertThat(list.path(0).path("id").stringValue()).isEqualTo(thread);
  }

  private RollbookClient.Answer patch(String thread, String json) {
    return client.send(
        "PATCH",
        thread(thread),
        json.getBytes(StandardCharsets.UTF_8),
        "content-type",
        "application/merge-patch+json");
  }
}
