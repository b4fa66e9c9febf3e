package dev.rollbook.packaged.codex;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The documented pipe from `codex exec --json`, run with the real Codex: the agent ends the same,
/// whatever happens to the service.
class AgentStreamIT {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String MANUAL_URL = "http://127.0.0.1:8080";

  @TempDir Path dataDir;
  @TempDir Path logs;
  @TempDir Path home;
  private FakeModelServer model;
  private Codex codex;

  /// @param exit code of the agent
  /// @param printed events, without their ids
  private record Run(int exit, List<String> printed) {}

  @BeforeEach
  void configure() throws Exception {
    model = new FakeModelServer();
    codex = new Codex(Codex.install(), home).configured(model);
  }

  @AfterEach
  void stop() {
    model.close();
  }

  @Test
  void theAgentEndsTheSameWithTheServiceRunningStoppedOrKilled() throws Exception {
    var line = lineOfTheManual();
    var alone = run(line.replaceFirst("\\|.*", "> stream.jsonl"));
    assertThat(alone.exit).isZero();
    assertThat(alone.printed).anyMatch(event -> event.contains(FakeModelServer.ANSWER));

    assertThat(run(piped(line, unusedPort(), "none", "none"))).isEqualTo(alone);

    try (var service = PackagedService.start(dataDir, logs, "")) {
      var client = service.client();
      var id = client.startThread();
      var turnId = client.startTurn(id);

      assertThat(run(piped(line, service.port(), id, turnId))).isEqualTo(alone);

      var items = client.lines(id).stream().filter(item -> item.contains("codex_exec")).toList();
      assertThat(items).hasSameSizeAs(alone.printed);
      expect(200, client.complete(id, turnId));
      assertThat(client.get(turn(id, turnId)).at("usage")).contains("\"output_tokens\":1");
      await().until(() -> !client.get("/v1/search?q=model").json().path("data").isEmpty());

      var killed = client.startThread();
      var killedTurn = client.startTurn(killed);
      model.beforeAnswer(() -> {
        await().until(() -> client.lines(killed).stream().anyMatch(AgentStreamIT::isTurnStart));
        service.sigkill();
      });
      assertThat(run(piped(line, service.port(), killed, killedTurn))).isEqualTo(alone);
      assertThat(service.awaitExit()).isEqualTo(137);

      try (var next = PackagedService.start(dataDir, logs, "")) {
        assertThat(next.client().lines(killed)).anyMatch(AgentStreamIT::isTurnStart);
        assertThat(next.client().get(thread(killed)).at("completeness")).isEqualTo("complete");
      }
    }
  }

  private static boolean isTurnStart(String line) {
    return line.contains("turn.started");
  }

  /// People run it in a repository.
  private static String lineOfTheManual() throws IOException {
    return Files.readAllLines(Path.of("src/docs/api.md")).stream()
        .filter(line -> line.startsWith("codex exec --json "))
        .findFirst()
        .orElseThrow()
        .replace("exec --json", "exec --skip-git-repo-check --json");
  }

  private static String piped(String line, int port, String thread, String turn) {
    return "T=%s R=%s; ".formatted(thread, turn)
        + line.replace(MANUAL_URL, "http://127.0.0.1:" + port);
  }

  private Run run(String line) throws Exception {
    int exit = codex.shell(line, home.resolve("stderr"));
    var printed =
        Files.readAllLines(home.resolve("stream.jsonl")).stream()
            .map(JSON::readTree)
            .map(AgentStreamIT::withoutIds)
            .toList();
    return new Run(exit, printed);
  }

  private static String withoutIds(JsonNode event) {
    return "%s %s %s"
        .formatted(
            event.path("type"), event.path("item").path("type"), event.path("item").path("text"));
  }

  private static int unusedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
