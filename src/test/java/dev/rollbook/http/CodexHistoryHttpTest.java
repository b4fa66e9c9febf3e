package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// A rollout of Codex's in the data-dir is a thread like any other.
class CodexHistoryHttpTest extends ForkTest {
  @Test
  void aThreadTellsWhereItStoodInGitAndSoDoesItsFork() throws IOException {
    var thread =
        imported(
            """
            {"timestamp":"2025-10-01T12:00:00.000Z","type":"session_meta","payload":{"id":"ID",\
            "timestamp":"2025-10-01T12:00:00.000Z","cwd":"/","originator":"codex_cli_rs",\
            "cli_version":"0.44.0","source":{"subagent":"review"},\
            "git":{"commit_hash":"0b1c","branch":"main"}}}
            {"timestamp":"2025-10-01T12:00:01.000Z","type":"turn_context",\
            "payload":{"model":"gpt-5.1-codex"}}
            """);

    var fork = forked(thread, "{}");

    for (var id : new String[] {thread, fork}) {
      var read = client.get(thread(id));
      assertThat(read.text())
          .contains("\"git\":{\"commitHash\":\"0b1c\",\"branch\":\"main\",\"repositoryUrl\":null}");
      assertThat(read.at("model") + read.at("source")).isEqualTo("gpt-5.1-codexsubagent");
      assertThat(read.at("cliVersion")).isEqualTo("0.44.0");
    }
    assertRebuiltAsItIs(thread);
  }

  @Test
  void aThreadThatWasStartedHereHasNoGit() {
    assertThat(client.get(thread(parent)).text()).contains("\"git\":null");
  }

  /// @param text with ID where the thread's own id stands
  private String imported(String text) throws IOException {
    var ref = rollouts.newRef(ThreadId.next(), Instant.now());
    Files.createDirectories(ref.path().getParent());
    Files.writeString(ref.path(), text.replace("ID", ref.thread().toString()));
    assertThat(rebuild.insert(ref)).isTrue();
    return ref.thread().toString();
  }
}
