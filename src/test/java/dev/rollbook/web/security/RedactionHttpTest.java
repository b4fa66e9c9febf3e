package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What a pattern matches reaches neither the disk nor a client. In the context with tokens, which
/// has a pattern for this test.
class RedactionHttpTest extends AbstractAuthenticationHttpTest {
  private static final String MARKER = "[redacted:test]";

  @Test
  void secretsOfAnAppendAreReplacedOnTheDiskInReadsAndInSearches() throws IOException {
    var thread =
        client.startThread("{\"name\":\"REDACT-0001\",\"metadata\":{\"k\":\"REDACT-0001\"}}");
    var turn =
        expect(201, client.post(thread(thread) + "/turns", "{\"input\":\"about REDACT-0001\"}"))
            .at("id");
    expect(
        200,
        client.append(
            thread,
            turn,
            "{\"type\":\"message\",\"n\":1.50,\"content\":[{\"text\":\"wordbefore REDACT-0001\"}]}"));
    var upload =
        "{\"type\":\"x\",\"payload\":{\"a\":\"\\u0052EDACT-0001\"},\"metadata\":[\"REDACT-0001\"]}";
    expect(200, ndjson(turn(thread, turn) + "/items", upload));
    expect(200, ndjson(turn(thread, turn) + "/items?wrap=other", "not JSON REDACT-0001"));
    expect(
        200,
        client.post(
            turn(thread, turn) + "/fail",
            "{\"error\":{\"message\":\"REDACT-0001\"},\"lastAgentMessage\":\"REDACT-0001\"}"));

    saveRows();
    assertThat(client.get(thread(thread)).text()).contains("\"name\":\"" + MARKER);
    assertThat(client.get(thread(thread) + "/items").text())
        .contains("about " + MARKER, "wordbefore " + MARKER, "\"n\":1.50", "not JSON " + MARKER);
    for (var read : List.of("", "/items", "/turns", "/rollout")) {
      assertThat(client.get(thread(thread) + read).text()).as(read).doesNotContain("REDACT-");
    }
    assertNothingOnTheDisk("REDACT-0001");
  }

  @Test
  void eventsHaveTheMarker() {
    var thread = client.startThread();
    try (var events =
        EventClient.open(port, thread(thread) + "/events", "Authorization", "Bearer " + ALL)) {
      expect(200, client.append(thread, client.startTurn(thread), "{\"a\":\"REDACT-0002\"}"));

      await().until(() -> events.received().toString().contains(MARKER));
      assertThat(events.received().toString()).doesNotContain("REDACT-");
    }
  }

  @Test
  void anItemThatIsSentAgainIsRecognised() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var item = "{\"items\":[{\"id\":\"one\",\"type\":\"x\",\"payload\":{\"a\":\"REDACT-0003\"}}]}";
    expect(200, client.post(turn(thread, turn) + "/items", item));

    var again = expect(200, client.post(turn(thread, turn) + "/items", item));

    assertThat(again.json().path("persistence").toString()).contains("persisted");
    assertThat(client.get(thread(thread) + "/items").text()).containsOnlyOnce("\"id\":\"one\"");
  }

  @Test
  void aLineThatIsNotUtf8HasTheMarker() throws IOException {
    var thread = client.startThread();
    var line = "{\"a\":\"REDACT-0006 caf\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1);

    var path = thread(thread) + "/items?wrap=stdout";
    var uploaded = client.send("POST", path, line, "Content-Type", "application/x-ndjson");

    assertThat(uploaded.status()).isEqualTo(200);
    var encoded = client.get(thread(thread) + "/items").json().findValue("base64").stringValue();
    var text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.ISO_8859_1);
    assertThat(text).contains(MARKER, "caf\u00e9").doesNotContain("REDACT-");
  }

  @Test
  void aRepairedGapHasTheMarkerAndCanBeRepairedAgain() throws IOException {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var file = DATA.resolve(client.get(thread(thread)).at("rollout", "path"));
    var away = Files.move(file, file.resolveSibling("away"));
    expect(200, client.append(thread, turn, "{\"a\":\"REDACT-0004\"}"));
    Files.move(away, file);
    expect(200, client.post(thread(thread) + "/resume"));
    var gap = client.get(thread(thread) + "/gaps").json().path("data").path(0).path("id");

    for (int times = 0; times < 2; times++) {
      expect(200, client.repair(thread, gap.stringValue(), body("{\"a\":\"REDACT-0004\"}")));
    }

    assertThat(client.get(thread(thread) + "/items").text()).containsOnlyOnce(MARKER);
    assertNothingOnTheDisk("REDACT-0004");
  }

  @Test
  void importedLinesHaveTheMarkerAndAreNotImportedTwice() throws IOException {
    var id = "01a20400-0000-7000-8000-" + UUID.randomUUID().toString().substring(24);
    var home = Files.createDirectories(foreignDir().resolve(id + "/sessions/2026/11/30"));
    Files.writeString(
        home.resolve("rollout-2026-11-30T10-00-00-" + id + ".jsonl"),
        """
        {"timestamp":"2026-11-30T10:00:00.000Z","type":"session_meta","payload":{"id":"%s","timestamp":"2026-11-30T10:00:00.000Z","cwd":"/x","originator":"codex","cli_version":"0.1"}}
        {"timestamp":"2026-11-30T10:00:01.000Z","type":"event_msg","payload":{"type":"user_message","message":"REDACT-0005"}}
        torn REDACT-0005
        """
            .formatted(id));
    Files.writeString(
        foreignDir().resolve(id + "/session_index.jsonl"),
        "{\"id\":\"%s\",\"thread_name\":\"named REDACT-0005\",\"updated_at\":\"2026-11-30T10:00:02Z\"}%n"
            .formatted(id));

    for (int times = 0; times < 2; times++) {
      importFrom(foreignDir().resolve(id));
    }

    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("2");
    assertThat(client.get(thread(id)).at("name")).isEqualTo("named " + MARKER);
    assertThat(client.get(thread(id) + "/items").text()).contains(MARKER);
    assertNothingOnTheDisk("REDACT-0005");
  }

  private void importFrom(Path directory) {
    var location =
        expect(202, client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(directory)))
            .header("Location");
    await().until(() -> client.get(location).at("status").equals("done"));
  }

  private Answer ndjson(String path, String line) {
    return client.send(
        "POST",
        path,
        (line + "\n").getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        "application/x-ndjson");
  }

  private void assertNothingOnTheDisk(String secret) throws IOException {
    for (var file : filesNamed("", DATA)) {
      if (Files.exists(file)) {
        assertThat(
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(secret))
            .as(file.toString())
            .isFalse();
      }
    }
  }
}
