package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.CodexSample;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The rollout in Codex format: lines of Codex are returned unchanged, all others are converted.
class ExportHttpTest extends AbstractExportHttpTest {
  @Test
  void linesOfCodexAreExportedByteForByte() {
    for (var file : CodexSample.all()) {
      file.foundBy(context);

      assertThat(exported(file.thread())).as(file.name()).isEqualTo(file.text());

      expect(204, client.delete(thread(file.thread())));
    }
  }

  @Test
  void invalidJsonAndOtherLineEndsAreExportedByteForByte() {
    var sample = CodexSample.sample("11_legacy_mode");
    var lines = sample.lines();
    var text = "\uFEFF" + String.join("\r\n", lines) + "\r\n\n{torn\n \n" + lines.getLast();
    var file = sample.with(text).foundBy(context);

    assertThat(exported(file.thread())).isEqualTo(text);
  }

  @Test
  void linesThatCodexCannotReadAreExportedRepaired() throws IOException {
    var sample = CodexSample.sample("10_fork_parent");
    var tail =
        "{\"timestamp\":\"2026-11-22T12:46:02.000Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"x\"%s}}";
    var notText = tail.formatted(",\"text\":\"#!?\"");
    var added = List.of(tail.formatted("") + "\0".repeat(100), notText, tail.formatted(""));
    var file = sample.with(sample.text() + String.join("\n", added) + "\n").foundBy(context);
    var bytes = Files.readAllBytes(file.in(dataDir()));
    // Half a surrogate pair as UTF-8 has none.
    int at = file.text().getBytes(UTF_8).length - added.getLast().length() - 8;
    System.arraycopy(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, 0, bytes, at, 3);
    Files.write(file.in(dataDir()), bytes);

    var lines = exported(file.thread()).lines().toList();

    long ordinal = JSON.readTree(sample.lines().getLast()).path("ordinal").asLong();
    assertThat(lines).startsWith(sample.lines().toArray(String[]::new));
    assertThat(lines.subList(sample.lines().size(), lines.size()))
        .extracting(line -> JSON.readTree(line).path("ordinal").asLong())
        .containsExactly(ordinal + 1, ordinal + 2, ordinal + 3);
    assertThat(lines.get(lines.size() - 2)).contains("\ufffd");
  }

  @Test
  void linesOfRollbookAreExportedByteForByte() throws IOException {
    var id = conversation("{\"name\":\"n\",\"source\":\"vscode\",\"modelProvider\":\"p\"}");

    assertThat(exported(id)).isEqualTo(Files.readString(rollout(id)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"session_meta", "forked_session_meta"})
  void aMergedForkIsExportedAsTheFileThatCodexWrote(String typeOfItsOwnMeta) {
    var parent = CodexSample.sample("10_fork_parent");
    var child = CodexSample.sample("10_fork_child");
    joined(parent, child, typeOfItsOwnMeta).foundBy(context);

    assertThat(exported(child.thread())).isEqualTo(child.text());
  }

  @Test
  void newItemsOfAMergedForkAreExportedAfterTheLinesOfCodex() {
    var child = CodexSample.sample("10_fork_child");
    joined(CodexSample.sample("10_fork_parent"), child, "forked_session_meta").foundBy(context);
    converse(child.thread());

    assertThat(exported(child.thread())).startsWith(child.text()).contains("\"UserMessage\"");
  }

  @Test
  void aThreadRevertedInCodexIsExportedAsOneFile() {
    var child = CodexSample.sample("10_fork_child");
    var parent = CodexSample.sample("10_fork_parent");
    var itself =
        child.with(
            child
                .text()
                .replaceFirst(
                    "\"history_base\":\\{\"thread_id\":\"[^\"]+\"",
                    "\"history_base\":{\"thread_id\":\"" + child.thread() + "\""));
    var all = joined(parent, itself, "session_meta").foundBy(context);

    var lines = exported(child.thread()).lines().toList();

    assertThat(lines).hasSameSizeAs(all.lines());
    assertThat(lines.getFirst()).isEqualTo(all.lines().getFirst());
    assertThat(lines.stream().map(ExportHttpTest::type).filter(type -> type.endsWith("_meta")))
        .containsExactly("session_meta", "forked_session_meta");
  }

  @Test
  void messagesOfRollbooksTurnsAreVisibleInAPaginatedThread() {
    var file = CodexSample.sample("01_plain").foundBy(context);
    var turn = converse(file.thread());

    var lines = exported(file.thread()).lines().toList();

    var stored = client.lines(file.thread());
    assertThat(lines).hasSameSizeAs(stored).startsWith(file.lines().toArray(String[]::new));
    assertThat(lines.stream().map(ExportHttpTest::ordinal))
        .isEqualTo(stored.stream().map(ExportHttpTest::ordinal).toList());
    var completed =
        lines.stream()
            .skip(file.lines().size())
            .map(ExportHttpTest::payload)
            .filter(payload -> text(payload, "type").equals("item_completed"))
            .toList();
    assertThat(completed).allMatch(item -> text(item, "turn_id").equals(turn));
    assertThat(completed).allMatch(item -> text(item, "thread_id").equals(file.thread()));
    assertThat(completed.stream().map(item -> text(item.path("item"), "type")))
        .containsExactly("UserMessage", "AgentMessage", "Reasoning");
    assertThat(lines).anyMatch(line -> line.contains("\"text\":\"100% \\u00e9 \\ud83d\\ude00\""));
    assertThat(lines).noneMatch(line -> line.contains("\"user_message\""));
  }

  @Test
  void aForkOfAPaginatedThreadIsPaginatedToo() {
    var file = CodexSample.sample("01_plain").foundBy(context);
    var fork = expect(201, client.post(thread(file.thread()) + "/fork", "{}")).at("id");
    converse(fork);
    var ofTheFork = expect(201, client.post(thread(fork) + "/fork", "{}")).at("id");

    for (var id : List.of(fork, ofTheFork)) {
      var lines = exported(id).lines().toList();

      assertThat(text(payload(lines.getFirst()), "history_mode")).isEqualTo("paginated");
      assertThat(lines).contains(file.lines().getLast());
      assertThat(lines).noneMatch(line -> line.contains("\"user_message\""));
    }
  }

  @Test
  void aSourceUnknownToCodexIsExportedAsAListedOne() throws IOException {
    var id = conversation("{\"source\":\"my harness\"}");

    var lines = exported(id).lines().toList();

    assertThat(text(payload(lines.getFirst()), "source")).isEqualTo("cli");
    assertThat(text(payload(lines.getFirst()).path("rollbook"), "source")).isEqualTo("my harness");
    assertThat(lines.subList(1, lines.size()))
        .isEqualTo(Files.readAllLines(rollout(id)).subList(1, lines.size()));
  }

  @Test
  void theETagChangesWithTheRollout() {
    var id = conversation("{}");
    var path = thread(id) + "/rollout?format=codex";
    var first = expect(200, client.get(path));
    var tag = first.header("etag");
    assertThat(first.contentType()).startsWith("application/x-ndjson");
    assertThat(first.header("content-disposition")).contains("rollout-").contains(id);
    assertThat(tag).isNotEqualTo(client.get(thread(id) + "/rollout").header("etag"));
    assertThat(expect(304, client.get(path, "if-none-match", tag)).text()).isEmpty();

    converse(id);

    assertThat(expect(200, client.get(path, "if-none-match", tag)).header("etag"))
        .isNotEqualTo(tag);
  }

  @Test
  void anUnknownFormatIsRejected() {
    var id = client.startThread();

    for (var format : List.of("opencode", "", "Codex")) {
      var problem = expect(400, client.get(thread(id) + "/rollout?format=" + format));
      assertThat(problem.at("code")).isEqualTo("invalid_request");
    }
    var unknown = UUID.randomUUID().toString();
    expect(404, client.get(thread(unknown) + "/rollout?format=codex"));
  }

  @Test
  void exportingAMissingRolloutReportsIt() throws IOException {
    var id = conversation("{}");
    Files.delete(rollout(id));

    var problem = expect(409, client.get(thread(id) + "/rollout?format=codex"));
    assertThat(problem.at("code")).isEqualTo("rollout_missing");
  }

  private String conversation(String json) {
    var id = client.startThread(json);
    converse(id);
    return id;
  }

  private static String type(String line) {
    return text(JSON.readTree(line), "type");
  }

  private static JsonNode ordinal(String line) {
    return JSON.readTree(line).path("ordinal");
  }

  private static String text(JsonNode node, String member) {
    return node.path(member).asString("");
  }
}
