package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The rollout in the form of Codex: what Codex wrote is what Codex gets, all else becomes what it
/// can read.
class ExportHttpTest extends HttpTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String HELLO = "100% \\u00e9 \\ud800";
  private static final String SHOWN =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"%s\"}}"
          .formatted(HELLO);
  private static final String SENT =
      "{\"type\":\"response_item\",\"payload\":%s}".formatted(message("assistant", HELLO));
  private static final String THOUGHT =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_reasoning\",\"text\":\"hm\"}}";
  private static final String COUNTED =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":null}}";

  @Test
  void whatCodexWroteGoesOutToTheByte() {
    for (var file : CodexFile.all()) {
      file.foundBy(context);

      assertThat(export(file.thread())).as(file.name()).isEqualTo(file.text());

      expect(204, client.delete(thread(file.thread())));
    }
  }

  @Test
  void whatIsNotJsonOrHasOtherLineEndsGoesOutToTheByteToo() {
    var sample = CodexFile.sample("11_legacy_mode");
    var lines = sample.lines();
    var text = "\uFEFF" + String.join("\r\n", lines) + "\r\n\n{torn\n \n" + lines.getLast();
    var file = sample.with(text).foundBy(context);

    assertThat(export(file.thread())).isEqualTo(text);
  }

  @Test
  void whatRollbookWroteGoesOutToTheByte() throws IOException {
    var id = conversation("{\"name\":\"n\",\"source\":\"vscode\",\"modelProvider\":\"p\"}");

    assertThat(export(id)).isEqualTo(Files.readString(rollout(id)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"session_meta", "forked_session_meta"})
  void aJoinedForkGoesOutAsTheFileThatCodexWrote(String typeOfItsOwnMeta) {
    var parent = CodexFile.sample("10_fork_parent");
    var child = CodexFile.sample("10_fork_child");
    joined(parent, child, typeOfItsOwnMeta).foundBy(context);

    assertThat(export(child.thread())).isEqualTo(child.text());
  }

  @Test
  void whatJoinedForksSayHereFollowsTheLinesOfCodex() {
    var child = CodexFile.sample("10_fork_child");
    joined(CodexFile.sample("10_fork_parent"), child, "forked_session_meta").foundBy(context);
    converse(child.thread());

    assertThat(export(child.thread())).startsWith(child.text()).contains("\"UserMessage\"");
  }

  @Test
  void aThreadThatWentBackInCodexGoesOutInOneFile() {
    var child = CodexFile.sample("10_fork_child");
    var parent = CodexFile.sample("10_fork_parent");
    var itself =
        child.with(
            child
                .text()
                .replaceFirst(
                    "\"history_base\":\\{\"thread_id\":\"[^\"]+\"",
                    "\"history_base\":{\"thread_id\":\"" + child.thread() + "\""));
    var all = joined(parent, itself, "session_meta").foundBy(context);

    var lines = export(child.thread()).lines().toList();

    assertThat(lines).hasSameSizeAs(all.lines());
    assertThat(lines.getFirst()).isEqualTo(all.lines().getFirst());
    assertThat(lines.stream().map(ExportHttpTest::type).filter(type -> type.endsWith("_meta")))
        .containsExactly("session_meta", "forked_session_meta");
  }

  @Test
  void messagesOfTurnsThatWereRunHereAreShownInAPaginatedThread() {
    var file = CodexFile.sample("01_plain").foundBy(context);
    var turn = converse(file.thread());

    var lines = export(file.thread()).lines().toList();

    var stored = client.lines(file.thread());
    assertThat(lines).hasSameSizeAs(stored).startsWith(file.lines().toArray(String[]::new));
    assertThat(lines.stream().map(ExportHttpTest::ordinal))
        .isEqualTo(stored.stream().map(ExportHttpTest::ordinal).toList());
    var told =
        lines.stream()
            .skip(file.lines().size())
            .map(ExportHttpTest::payload)
            .filter(payload -> text(payload, "type").equals("item_completed"))
            .toList();
    assertThat(told).allMatch(item -> text(item, "turn_id").equals(turn));
    assertThat(told).allMatch(item -> text(item, "thread_id").equals(file.thread()));
    assertThat(told.stream().map(item -> text(item.path("item"), "type")))
        .containsExactly("UserMessage", "AgentMessage", "Reasoning");
    assertThat(lines).anyMatch(line -> line.contains("\"text\":\"100% \\u00e9 \\ud800\""));
    assertThat(lines).noneMatch(line -> line.contains("\"user_message\""));
  }

  @Test
  void aForkOfAPaginatedThreadIsPaginatedToo() {
    var file = CodexFile.sample("01_plain").foundBy(context);
    var fork = expect(201, client.post(thread(file.thread()) + "/fork", "{}")).at("id");
    converse(fork);
    var ofTheFork = expect(201, client.post(thread(fork) + "/fork", "{}")).at("id");

    for (var id : List.of(fork, ofTheFork)) {
      var lines = export(id).lines().toList();

      assertThat(text(payload(lines.getFirst()), "history_mode")).isEqualTo("paginated");
      assertThat(lines).contains(file.lines().getLast());
      assertThat(lines).noneMatch(line -> line.contains("\"user_message\""));
    }
  }

  @Test
  void aSourceThatCodexDoesNotListBecomesOneThatItLists() throws IOException {
    var id = conversation("{\"source\":\"my harness\"}");

    var lines = export(id).lines().toList();

    assertThat(text(payload(lines.getFirst()), "source")).isEqualTo("cli");
    assertThat(text(payload(lines.getFirst()).path("rollbook"), "source")).isEqualTo("my harness");
    assertThat(lines.subList(1, lines.size()))
        .isEqualTo(Files.readAllLines(rollout(id)).subList(1, lines.size()));
  }

  @Test
  void whatWasOnlySentIsShownTooSoThatCodexListsTheThread() throws IOException {
    var id = client.startThread();
    var turn = client.startTurn(id);
    var context = message("user", "<environment_context>");
    expect(
        200, client.append(id, turn, context, message("user", "on\\u00e9"), message("user", "2")));
    expect(200, client.append(id, turn, message("assistant", "three"), "7", "{}"));
    expect(200, client.complete(id, turn));

    assertThat(added(id))
        .extracting(line -> payload(line).toString())
        .containsExactly(
            "{\"type\":\"user_message\",\"message\":\"oné\"}",
            "{\"type\":\"user_message\",\"message\":\"2\"}",
            "{\"type\":\"agent_message\",\"message\":\"three\"}");
  }

  @Test
  void whatWasOnlyShownIsSentTooSoThatTheModelKnowsIt() throws IOException {
    var id = client.startThread();
    converse(id, SHOWN);

    assertThat(added(id))
        .singleElement()
        .asString()
        .contains(
            "\"payload\":{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"100% \\u00e9 \\ud800\"}]}")
        .doesNotContain("ordinal");
  }

  @Test
  void whatWasSaidBothWaysIsNotSaidTwiceThoughItLooksLikeMarkup() throws IOException {
    var id = client.startThread();
    var turn = expect(201, client.post(thread(id) + "/turns", "{\"input\":\"<b>\"}")).at("id");
    expect(200, client.complete(id, turn));

    assertThat(added(id)).isEmpty();
  }

  @Test
  void theLastLineKeepsItsOrdinalWithoutWhichCodexDoesNotGoOn() {
    var file = CodexFile.sample("01_plain").foundBy(context);
    var turn = client.startTurn(file.thread());
    expect(200, client.post(turn(file.thread(), turn) + "/items", "{\"items\":[" + SHOWN + "]}"));

    var lines = export(file.thread()).lines().toList();

    assertThat(lines.getLast()).contains("\"AgentMessage\"", "\"ordinal\":15");
    assertThat(lines.get(lines.size() - 2)).contains(HELLO).doesNotContain("ordinal");
  }

  /// Lines that only the export has; all others are there, in order.
  private List<String> added(String id) throws IOException {
    var lines = export(id).lines().toList();
    var stored = Files.readAllLines(rollout(id));
    assertThat(lines).containsSubsequence(stored);
    return lines.stream().filter(line -> !stored.contains(line)).toList();
  }

  @Test
  void theTagChangesWithTheRollout() {
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
  void anUnknownFormatIsRefused() {
    var id = client.startThread();

    for (var format : List.of("opencode", "", "Codex")) {
      var problem = expect(400, client.get(thread(id) + "/rollout?format=" + format));
      assertThat(problem.at("code")).isEqualTo("invalid_request");
    }
    var unknown = UUID.randomUUID().toString();
    expect(404, client.get(thread(unknown) + "/rollout?format=codex"));
  }

  @Test
  void aRolloutThatIsGoneIsSaidToBe() throws IOException {
    var id = conversation("{}");
    Files.delete(rollout(id));

    var problem = expect(409, client.get(thread(id) + "/rollout?format=codex"));
    assertThat(problem.at("code")).isEqualTo("rollout_missing");
  }

  private String export(String thread) {
    return expect(200, client.get(thread(thread) + "/rollout?format=codex")).text();
  }

  private String conversation(String json) {
    var id = client.startThread(json);
    converse(id);
    return id;
  }

  /// A turn whose words are shown as in a thread without pages, and sent.
  private String converse(String id) {
    return converse(id, SHOWN, SENT, THOUGHT, COUNTED);
  }

  private String converse(String id, String... items) {
    var turn = expect(201, client.post(thread(id) + "/turns", "{\"input\":\"hello\"}")).at("id");
    var body = "{\"items\":[" + String.join(",", items) + "]}";
    expect(200, client.post(turn(id, turn) + "/items", body));
    expect(200, client.complete(id, turn));
    return turn;
  }

  /// The child's file as an import keeps it: all that it has of its parent comes first.
  static CodexFile joined(CodexFile parent, CodexFile child, String typeOfItsOwnMeta) {
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

  private static String message(String role, String text) {
    return "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"input_text\",\"text\":\"%s\"}]}"
        .formatted(role, text);
  }

  private static String type(String line) {
    return text(JSON.readTree(line), "type");
  }

  private static JsonNode ordinal(String line) {
    return JSON.readTree(line).path("ordinal");
  }

  private static JsonNode payload(String line) {
    return JSON.readTree(line).path("payload");
  }

  private static String text(JsonNode node, String member) {
    return node.path(member).asString("");
  }
}
