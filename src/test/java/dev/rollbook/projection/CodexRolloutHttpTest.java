package dev.rollbook.projection;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// A rollout of Codex in the data-dir is a thread like any other.
class CodexRolloutHttpTest extends AbstractForkHttpTest {
  private static final String META =
      """
      {"timestamp":"2025-10-01T12:00:00.000Z","type":"session_meta","payload":{"id":"ID",\
      "timestamp":"2025-10-01T12:00:00.000Z","cwd":"/","originator":"codex_cli_rs",\
      "cli_version":"0.44.0","source":{"subagent":"review"},\
      "git":{"commit_hash":"0b1c","branch":"main"}}}
      {"timestamp":"2025-10-01T12:00:01.000Z","type":"turn_context",\
      "payload":{"model":"gpt-5.1-codex"}}
      """;

  /// Two turns that nothing frames.
  private static final String OLD =
      META
          + event("\"type\":\"user_message\",\"message\":\"first\"")
          + count(10)
          + event("\"type\":\"user_message\",\"message\":\"second\"")
          + event("\"type\":\"turn_aborted\"")
          + count(15);

  private static final String TURN = "01999999-0000-7000-8000-00000000000a";
  private static final String UNFINISHED =
      META + event("\"type\":\"task_started\",\"turn_id\":\"" + TURN + "\"") + count(10);

  @Test
  void aThreadAndItsForkReportTheirGitState() throws IOException {
    var thread = imported(META);

    var fork = forked(thread, "{}");

    for (var id : List.of(thread, fork)) {
      var read = client.get(thread(id));
      assertThat(read.text())
          .contains("\"git\":{\"commitHash\":\"0b1c\",\"branch\":\"main\",\"repositoryUrl\":null}");
      assertThat(read.at("model") + read.at("source")).isEqualTo("gpt-5.1-codexsubagent");
      assertThat(read.at("cliVersion")).isEqualTo("0.44.0");
    }
    assertRebuiltAsItIs(thread);
  }

  @Test
  void thePreviewOfARollbookThreadIsThatOfCodex() {
    var turn =
        "{\"input\":\"# Context from my IDE setup:\\n\\n## My request for Codex:\\n rename it \\n\"}";
    var thread = client.startThread();
    expect(201, client.post(thread(thread) + "/turns", turn));
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("rename it");

    var appended = client.startThread();
    for (var item :
        List.of(
            "{\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"<environment_context>x</environment_context>\"}]}}",
            "{\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":\"  \"}}",
            "{\"type\":\"event_msg\",\"payload\":{\"type\":\"item_completed\",\"item\":{\"type\":\"UserMessage\",\"content\":[{\"type\":\"image\",\"image_url\":\"data:x\"}]}}}")) {
      assertThat(client.get(thread(appended)).at("preview")).isEqualTo("null");
      expect(200, client.post(thread(appended) + "/items", "{\"items\":[" + item + "]}"));
    }
    assertThat(client.get(thread(appended)).at("preview")).isEqualTo("[Image]");
  }

  @Test
  void aRollbookThreadHasNoGitState() {
    assertThat(client.get(thread(parent)).text()).contains("\"git\":null");
  }

  @Test
  void impliedTurnsHaveRowsAlsoInAFork() throws IOException {
    var thread = imported(OLD);

    var fork = forked(thread, "{}");

    for (var id : List.of(thread, fork)) {
      assertThat(turns(id))
          .extracting(turn -> turn.path("status").asString() + turn.path("usage").path("n"))
          .containsExactly("completed10", "interrupted5");
    }
    assertThat(client.get(thread(thread)).at("usage", "own")).isEqualTo("{\"n\":15}");
    assertThat(client.get(thread(fork)).at("usage", "inherited")).isEqualTo("{\"n\":15}");
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("first");
  }

  @Test
  void aRowIsSyncedWithLaterLinesOfCodex() throws IOException {
    var thread = imported(recent(UNFINISHED));
    assertThat(client.get(thread(thread)).at("usage", "own")).isEqualTo("{\"n\":10}");

    write(
        thread,
        count(30)
            + event("\"type\":\"task_complete\",\"turn_id\":\"" + TURN + "\"")
            + event("\"type\":\"task_started\",\"turn_id\":\"next\"")
            + count(31));
    rebuild.bringUp(threadRows.findById(UUID.fromString(thread)).orElseThrow());

    assertThat(turns(thread))
        .extracting(turn -> turn.path("status").asString() + turn.path("usage").path("n"))
        .containsExactly("completed30", "inProgress1");
    assertThat(client.get(thread(thread)).at("usage", "own")).isEqualTo("{\"n\":31}");
    assertRebuiltAsItIs(thread);
  }

  @Test
  void aTurnLeftRunningByCodexCanBeEndedThroughTheApi() throws IOException {
    var thread = imported(recent(UNFINISHED));

    complete(thread, TURN, "{\"n\":12}");

    assertThat(client.get(thread(thread)).at("usage", "own")).isEqualTo("{\"n\":12}");
    saveRows();
    assertThat(turns(thread))
        .extracting(turn -> turn.path("status").asString() + turn.path("usage").path("n"))
        .containsExactly("completed12");
  }

  /// @param text with ID where the thread's own id stands
  String imported(String text) throws IOException {
    var ref = rollouts.newRef(ThreadId.next(), Instant.now());
    Files.createDirectories(ref.path().getParent());
    Files.writeString(ref.path(), text.replace("ID", ref.thread().toString()));
    assertThat(rebuild.insert(ref)).isTrue();
    return ref.thread().toString();
  }

  private void write(String thread, String text) throws IOException {
    Files.writeString(rollout(thread), recent(text), StandardOpenOption.APPEND);
  }

  /// Not so long ago that a turn counts as abandoned.
  private static String recent(String text) {
    return text.replace("2025-10-01T12:00", Instant.now().toString().substring(0, 16));
  }

  private static String event(String members) {
    return "{\"timestamp\":\"2025-10-01T12:00:02.000Z\",\"type\":\"event_msg\",\"payload\":{%s}}\n"
        .formatted(members);
  }

  private static String count(int total) {
    return event(
        "\"type\":\"token_count\",\"info\":{\"total_token_usage\":{\"n\":%d}}".formatted(total));
  }
}
