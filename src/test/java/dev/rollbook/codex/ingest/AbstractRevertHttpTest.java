package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.file.StandardOpenOption.APPEND;

import dev.rollbook.http.AbstractImportHttpTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Base class of tests of reverts: a thread of three turns, written as Codex does, and helpers that
/// revert it.
abstract class AbstractRevertHttpTest extends AbstractImportHttpTest {
  static final JsonMapper JSON = JsonMapper.shared();

  final String id = "01a20000" + newThread().substring(8);
  String directory = "sessions/2025/10/01";
  int reverts;
  Path first;

  /// One turn is two lines: 1 and 2, 3 and 4, 5 and 6.
  @BeforeEach
  void threeTurns() throws IOException {
    first =
        file(
            id,
            meta(id, 0, ""),
            userAndReply(1, "one"),
            userAndReply(3, "two"),
            userAndReply(5, "three"));
  }

  List<String> words(String thread) {
    return words(client.lines(thread));
  }

  static List<String> words(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains("\"user_message\""))
        .map(line -> line.replaceAll(".*\"message\":\"([^\"]*)\".*", "$1"))
        .toList();
  }

  List<List<String>> keptWords(String thread) {
    return kept(thread).stream().map(fork -> words(fork.path("id").asString())).toList();
  }

  /// Threads that keep what this one was.
  List<JsonNode> kept(String thread) {
    return client
        .get("/v1/threads?limit=100&forkedFromId=" + thread)
        .json()
        .path("data")
        .valueStream()
        .filter(fork -> fork.path("metadata").path("reason").asString("").equals("reverted"))
        .toList();
  }

  /// Codex reverts the thread to where a line of one of its segments stood.
  String revert(String segment, int ordinal, String... lines) throws IOException {
    var next = nextSegment();
    file(id + "_" + next, meta(id, ordinal, base(segment, ordinal)), lines);
    return next;
  }

  String nextSegment() {
    return "01a2000%d".formatted(++reverts) + newThread().substring(8);
  }

  static String base(String segment, int ordinal) {
    return ",\"history_base\":{\"thread_id\":\"%s\",\"end_ordinal_exclusive\":%d,\"end_byte_offset\":500}"
        .formatted(segment, ordinal);
  }

  String meta(String thread, int ordinal, String members) {
    var first = payload(meta(thread, ",\"history_mode\":\"paginated\"" + members));
    return numbered(
        ordinal,
        "session_meta",
        ordinal == 0 && reverts == 0 ? first : first.replace("12:00:00.000Z", "12:00:09.000Z"));
  }

  Path file(String name, String meta, String... lines) throws IOException {
    Files.createDirectories(home.resolve(directory));
    return Files.write(file(name), Stream.concat(Stream.of(meta), Stream.of(lines)).toList());
  }

  Path segment(String segment) {
    return file(id + "_" + segment);
  }

  Path file(String name) {
    return home.resolve(directory).resolve("rollout-2025-10-01T12-00-00-" + name + ".jsonl");
  }

  static void append(Path file, String... lines) throws IOException {
    Files.write(file, List.of(lines), APPEND);
  }

  /// A message of the user and the reply of the agent.
  static String userAndReply(int ordinal, String text) {
    return numbered(ordinal, "event_msg", payload(user(text)))
        + "\n"
        + numbered(ordinal + 1, "event_msg", payload(agent("Reply: " + text)));
  }
}
