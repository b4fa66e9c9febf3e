package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// Imports of files and directories whose names are not those of rollouts.
class ImportFileNamesHttpTest extends AbstractImportHttpTest {
  private static final String CLAUDE =
      """
      {"type":"file-history-snapshot","messageId":"m1","snapshot":{}}
      {"parentUuid":null,"sessionId":"7f6c2f1e-8c3a-4c55-9b1d-2a2b3c4d5e6f","type":"user","message":{"role":"user","content":"hi"},"uuid":"u1","timestamp":"2026-09-06T02:17:47.000Z"}
      """;

  private final String id = newThread();
  private final String rollout = meta(id) + "\n" + user("hello") + "\n";

  @ParameterizedTest
  @ValueSource(strings = {"my-session.jsonl", "backup", "rollout-of-monday.jsonl", "history.json"})
  void aRequestedFileIsImportedWhateverItsName(String name) throws IOException {
    var done = importPath(file(name, rollout));

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("files", "seen")).isEqualTo("1");
    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(done.at("problems")).isEqualTo("[]");
    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
    assertThat(client.get(thread(id) + "/turns").json().path("data")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {" (1).jsonl", "-copy.jsonl", ".jsonl.bak", ".jsonl~", " - Kopie.jsonl"})
  void aCopyIsImportedAsTheRolloutOfItsOriginalName(String ending) throws IOException {
    var name = "rollout-2025-10-01T12-00-00-%s".formatted(id) + ending;

    var done = importPath(file(name, user("headless") + "\n"));

    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(client.get(thread(id)).at("preview")).isEqualTo("headless");
  }

  @Test
  void aRequestedFileMayBeCompressed() throws IOException {
    var bytes = Zstd.compress(rollout.getBytes(StandardCharsets.UTF_8));

    importPath(Files.write(home.resolve("mine.jsonl.zst"), bytes));

    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
  }

  @Test
  void importingTheFileOfADeletedThreadRestoresItUnderAnyFileName() throws IOException {
    var file = file("mine.jsonl", rollout);
    importPath(file);
    expect(204, client.delete(thread(id)));

    importPath(file);

    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"user","sessionId":"a","uuid":"b","message":{}}          | a session of Claude Code | ?wrap=claude_code
          {"type":"system","subtype":"init","session_id":"a"}              | a session of Claude Code | ?wrap=claude_code
          {"type":"summary","summary":"x","leafUuid":"b"}                  | a session of Claude Code | ?wrap=claude_code
          {"type":"thread.started","thread_id":"a"}                        | codex exec --json        | ?wrap=codex_exec
          {"display":"hi","pastedContents":{},"timestamp":1,"project":"/"} | a history of prompts     | not a rollout
          {"session_id":"a","ts":1,"text":"hi"}                            | a history of prompts     | not a rollout
          {"id":"a","thread_name":"n","updated_at":"t"}                    | index of thread names    | not a rollout
          {"role":"user","content":"hi"}                                   | JSON of another program  | ?wrap=
          PK                                                               | session_meta             | rollout-<time>
          """)
  void aFileThatIsNotARolloutIsRejectedWithItsFormat(String line, String format, String remedy)
      throws IOException {
    var refused = post(file("some.jsonl", line + "\n"));
    var sent =
        client.send(
            "POST",
            "/v1/imports",
            (line + "\n").getBytes(StandardCharsets.UTF_8),
            "content-type",
            "application/x-ndjson");

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.at("code")).isEqualTo("invalid_request");
    assertThat(refused.at("errors")).contains("/path", format, remedy);
    assertThat(sent.status()).isEqualTo(400);
    assertThat(sent.at("detail")).contains(format, remedy);
  }

  @Test
  void aDirectoryWithoutRolloutsReportsWhatItContains() throws IOException {
    var project = Files.createDirectories(home.resolve("projects/-home-dev"));
    Files.writeString(project.resolve("7f6c2f1e-8c3a-4c55-9b1d-2a2b3c4d5e6f.jsonl"), CLAUDE);
    file("settings.json", "{}\n");
    file("mine.jsonl", rollout);
    file("notes.txt", "x");

    var failed = importHome();

    assertThat(failed.at("status")).isEqualTo("failed");
    assertThat(failed.at("error"))
        .contains("nothing to import", "other files: 4")
        .contains("2a2b3c4d5e6f.jsonl is not a rollout of Codex but a session of Claude Code")
        .contains("mine.jsonl is a rollout with another name: import it by its path");
  }

  @Test
  void anEmptyDirectoryIsReported() {
    var failed = importHome();

    assertThat(failed.at("status")).isEqualTo("failed");
    assertThat(failed.at("error")).contains("nothing to import", "nor any other file");
  }

  @Test
  void aCopyBesideRolloutsIsReported() throws IOException {
    write(id, rollout.getBytes(StandardCharsets.UTF_8));
    var name = "rollout-2025-10-01T12-00-00-%s (1).jsonl".formatted(id);
    Files.writeString(home.resolve("sessions/2025/10/01").resolve(name), rollout);

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("files", "seen")).isEqualTo("1");
    assertThat(done.at("problems")).contains(name, "import it by its path");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(home.resolve(name), text);
  }

  private Answer post(Path path) {
    var body = JsonMapper.shared().createObjectNode().put("path", path.toString());
    return client.post("/v1/imports", body.toString());
  }
}
