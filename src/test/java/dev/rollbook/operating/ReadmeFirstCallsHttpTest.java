package dev.rollbook.operating;

import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The first calls of the README, as a reader pastes them into a shell.
class ReadmeFirstCallsHttpTest extends HttpTest {
  private static final String PORT = ":8080/";
  private static final String THREAD = "01a20400-0000-7000-8000-000000000001";
  private static final String TURN = "01a20400-0000-7000-8000-000000000002";

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void theFirstCallsRunATurnAndReadItBack(String shell, @TempDir Path directory) throws Exception {
    var program = InstalledPrograms.orSkip(shell);
    InstalledPrograms.orSkip("curl");
    var thread = UUID.randomUUID().toString();
    var calls =
        firstCalls()
            .replace(PORT, ":" + port + "/")
            .replace(THREAD, thread)
            .replace(TURN, UUID.randomUUID().toString());
    var output = directory.resolve("output");

    int exit =
        InstalledPrograms.end(new ProcessBuilder(program.toString(), "-c", calls), output, 60);

    assertThat(exit).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output)).contains("\"status\":\"persisted\"", "\"Hello!\"");
    saveRows();
    var read = client.get(thread(thread));
    assertThat(read.at("name")).isEqualTo("first steps");
    assertThat(read.at("preview")).isEqualTo("Say hello");
    assertThat(client.get(thread(thread) + "/turns").json().at("/data/0/status").asString())
        .isEqualTo("completed");
  }

  private static String firstCalls() {
    return RepositoryFiles.manual().getFirst().shellBlocks().stream()
        .filter(block -> block.contains("first steps"))
        .findFirst()
        .orElseThrow();
  }
}
