package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.json.JsonMapper;

/// Base class of import tests: each has its own `CODEX_HOME` and writes rollouts into it.
public abstract class AbstractImportHttpTest extends HttpTest {
  private static final List<String> OVER = List.of("done", "failed", "cancelled");

  protected Path home;

  @BeforeEach
  protected void makeHome() throws IOException {
    home = Files.createDirectory(foreignDir().resolve("home-" + UUID.randomUUID()));
  }

  /// Puts a rollout where Codex would have it.
  protected Path write(String thread, String... lines) throws IOException {
    return write(thread, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  protected Path write(String thread, byte[] content) throws IOException {
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    return Files.write(
        day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(thread)), content);
  }

  protected Answer importHome() {
    return importPath(home);
  }

  /// Imports a path to its end.
  protected Answer importPath(Path path) {
    var body = JsonMapper.shared().createObjectNode().put("path", path.toString());
    return finished(expect(202, client.post("/v1/imports", body.toString())));
  }

  protected Answer finished(Answer started) {
    var location = started.header("location");
    await().until(() -> OVER.contains(client.get(location).at("status")));
    return client.get(location);
  }

  protected static String newThread() {
    return UUID.randomUUID().toString();
  }

  public static String meta(String thread) {
    return meta(thread, "");
  }

  /// @param members besides the usual ones, each with a comma before it
  public static String meta(String thread, String members) {
    return line(
        "session_meta",
        """
        {"id":"%s","timestamp":"2025-10-01T12:00:00.000Z","cwd":"/home/dev/project",\
        "originator":"codex_cli_rs","cli_version":"0.44.0","source":"cli","model_provider":"openai"%s}\
        """
            .formatted(thread, members));
  }

  public static String user(String text) {
    return line("event_msg", "{\"type\":\"user_message\",\"message\":\"%s\"}".formatted(text));
  }

  protected static String agent(String text) {
    return line("event_msg", "{\"type\":\"agent_message\",\"message\":\"%s\"}".formatted(text));
  }

  protected static String line(String type, String payload) {
    return "{\"timestamp\":\"2025-10-01T12:00:01.000Z\",\"type\":\"%s\",\"payload\":%s}"
        .formatted(type, payload);
  }

  protected static String numbered(long ordinal, String type, String payload) {
    return "{\"timestamp\":\"2025-10-01T12:00:01.000Z\",\"ordinal\":%d,\"type\":\"%s\",\"payload\":%s}"
        .formatted(ordinal, type, payload);
  }

  /// The payload of one of these lines.
  protected static String payload(String line) {
    return line.substring(line.indexOf("\"payload\":") + 10, line.length() - 1);
  }

  /// What could not be read of a rollout.
  protected Path quarantine(String thread) {
    var rollout = rollout(thread);
    return rollout.resolveSibling(rollout.getFileName() + ".quarantine");
  }

  protected List<String> rolloutLines(String thread) throws IOException {
    return Files.readAllLines(rollout(thread));
  }
}
