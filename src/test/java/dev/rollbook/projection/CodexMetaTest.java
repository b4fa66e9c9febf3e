package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Session metadata of Codex threads, in the first line and later.
class CodexMetaTest {
  private static final String CONTEXT = "{\"turn_id\":\"t\",\"model\":\"%s\"}";

  @TempDir Path directory;

  @Test
  void theGitStateIsRead() throws IOException {
    var facts =
        CodexRolloutBuilder.in(
                directory,
                """
                ,"git":{"commit_hash":"0b1c","branch":"main","repository_url":"git@x:y.git"}\
                """)
            .facts();

    assertThat(facts.meta().git()).isEqualTo(new GitState("0b1c", "main", "git@x:y.git"));
  }

  @Test
  void theGitStateMayBeIncomplete() throws IOException {
    var git =
        CodexRolloutBuilder.in(directory, ",\"git\":{\"branch\":\"main\"}").facts().meta().git();

    assertThat(git).isEqualTo(new GitState(null, "main", null));
    assertThat(GitState.of(git.json().toString())).isEqualTo(git);
    assertThat(git.json())
        .hasToString("{\"commitHash\":null,\"branch\":\"main\",\"repositoryUrl\":null}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"git\":null", ",\"git\":{}", ",\"git\":3", ",\"git\":[\"main\"]"})
  void anEmptyGitStateIsNone(String members) throws IOException {
    assertThat(CodexRolloutBuilder.in(directory, members).facts().meta().git()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "\"exec\"; exec",
        "{\"subagent\":{\"thread_spawn\":{\"depth\":1}}}; subagent",
        "{\"custom\":\"mine\"}; custom",
        "{}; ",
        "null; ",
        "7; "
      })
  void aSourceIsAStringOrTheNameOfItsMember(String said, String source) throws IOException {
    assertThat(
            CodexRolloutBuilder.in(directory, ",\"source\":" + said)
                .facts()
                .meta()
                .options()
                .source())
        .isEqualTo(source);
  }

  @Test
  void theModelIsTheLastUsedOne() throws IOException {
    var file = CodexRolloutBuilder.in(directory);
    assertThat(file.facts().model()).isNull();

    file.line("turn_context", CONTEXT.formatted("first"));
    assertThat(file.facts().model()).isEqualTo("first");

    file.event("thread_settings_applied", ",\"thread_settings\":{\"model\":\"chosen\"}");
    assertThat(file.facts().model()).isEqualTo("chosen");

    file.line("turn_context", "{\"turn_id\":\"t\",\"model\":null}");
    file.event("model", ",\"thread_settings\":{\"model\":\"no such event\"}");
    assertThat(file.facts().model()).isEqualTo("chosen");

    file.line("turn_context", CONTEXT.formatted("last"));
    assertThat(file.facts().model()).isEqualTo("last");
  }

  @Test
  void theSecondSessionMetaOfALegacyForkIsThatOfItsParent() throws IOException {
    var facts =
        CodexRolloutBuilder.in(
                directory, ",\"source\":\"cli\",\"forked_from_id\":\"%s\"".formatted(OTHER))
            .line(
                "session_meta",
                """
                {"id":"%s","timestamp":"2024-01-01T00:00:00Z","cwd":"/else","source":"exec",\
                "cli_version":"0.1","git":{"branch":"other"}}\
                """
                    .formatted(OTHER))
            .facts();

    assertThat(facts.meta().id()).isEqualTo(CodexRolloutBuilder.thread());
    assertThat(facts.meta().options().cwd()).isEqualTo("/home/dev/project");
    assertThat(facts.meta().options().source()).isEqualTo("cli");
    assertThat(facts.meta().options().cliVersion()).isEqualTo("0.44.0");
    assertThat(facts.meta().createdAt()).isEqualTo(CodexRolloutBuilder.START);
    assertThat(facts.meta().git()).isNull();
    assertThat(facts.meta().lineage().forkedFrom()).hasToString(OTHER);
  }

  private static final String OTHER = "01999999-0000-7000-8000-00000000000f";
}
