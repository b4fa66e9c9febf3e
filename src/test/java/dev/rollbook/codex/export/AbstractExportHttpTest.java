package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;

import dev.rollbook.http.CodexSample;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import java.nio.file.Path;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Base class of export tests: export calls, and threads to export.
abstract class AbstractExportHttpTest extends HttpTest {
  static final JsonMapper JSON = JsonMapper.shared();
  static final String HELLO = "100% \\u00e9 \\ud83d\\ude00";
  static final String SHOWN =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"%s\"}}"
          .formatted(HELLO);
  static final String SENT =
      "{\"type\":\"response_item\",\"payload\":%s}".formatted(message("assistant", HELLO));
  static final String THOUGHT =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_reasoning\",\"text\":\"hm\"}}";
  static final String COUNTED =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":null}}";

  String exported(String thread) {
    return expect(200, client.get(thread(thread) + "/rollout?format=codex")).text();
  }

  Answer export(String id, Path home) {
    return post(id, JSON.writeValueAsString(new ExportBody(home.toString(), null)));
  }

  Answer post(String id, String body) {
    return client.post(thread(id) + "/export", body);
  }

  void say(String id) {
    expect(200, client.post(thread(id) + "/items", body("{\"type\":\"message\"}")));
  }

  /// A turn whose words are shown as in a thread without pages, and sent.
  String converse(String id) {
    return converse(id, SHOWN, SENT, THOUGHT, COUNTED);
  }

  String converse(String id, String... items) {
    var turn = expect(201, client.post(thread(id) + "/turns", "{\"input\":\"hello\"}")).at("id");
    var body = "{\"items\":[" + String.join(",", items) + "]}";
    expect(200, client.post(turn(id, turn) + "/items", body));
    expect(200, client.complete(id, turn));
    return turn;
  }

  /// The child's file as an import keeps it: all that it has of its parent comes first.
  static CodexSample joined(CodexSample parent, CodexSample child, String typeOfItsOwnMeta) {
    var inherited = parent.lines().subList(1, parent.lines().size());
    var meta =
        "{\"timestamp\":\"2026-11-22T12:46:02.595Z\",\"ordinal\":0,\"type\":\"session_meta\",\"payload\":{\"id\":\"%s\",\"forked_from_id\":\"%s\",\"timestamp\":\"2026-11-22T12:46:02.569Z\",\"cwd\":\"/\",\"originator\":\"rollbook\",\"cli_version\":\"0.169.0\",\"source\":\"vscode\",\"model_provider\":\"fake\",\"history_mode\":\"paginated\",\"rollbook\":{\"inherited_through\":%d,\"joined\":true}}}"
            .formatted(child.thread(), parent.thread(), inherited.size());
    var own =
        child
            .text()
            .replaceFirst("\"type\":\"session_meta\"", "\"type\":\"" + typeOfItsOwnMeta + "\"");
    return child.with(
        Stream.concat(Stream.of(meta), inherited.stream())
                .map(line -> line + "\n")
                .reduce("", String::concat)
            + own);
  }

  static String message(String role, String text) {
    return "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"input_text\",\"text\":\"%s\"}]}"
        .formatted(role, text);
  }

  static JsonNode payload(String line) {
    return JSON.readTree(line).path("payload");
  }

  /// What a test asks for.
  record ExportBody(String codexHome, String modelProvider) {}
}
