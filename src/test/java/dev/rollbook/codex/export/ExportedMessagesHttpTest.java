package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.CodexSample;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A message recorded only as UI event or only as model input is exported as both.
class ExportedMessagesHttpTest extends AbstractExportHttpTest {
  @Test
  void aMessageOnlySentToTheModelGetsItsUiEvent() throws IOException {
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
  void aMessageOnlyShownInTheUiGetsItsModelItem() throws IOException {
    var id = client.startThread();
    converse(id, SHOWN);

    assertThat(added(id))
        .singleElement()
        .asString()
        .contains(
            "\"payload\":{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"100% \\u00e9 \\ud83d\\ude00\"}]}")
        .doesNotContain("ordinal");
  }

  @Test
  void aMessageRecordedBothWaysIsNotDuplicatedThoughItLooksLikeMarkup() throws IOException {
    var id = client.startThread();
    var turn = expect(201, client.post(thread(id) + "/turns", "{\"input\":\"<b>\"}")).at("id");
    expect(200, client.complete(id, turn));

    assertThat(added(id)).isEmpty();
  }

  @Test
  void theLastLineKeepsTheOrdinalThatCodexContinuesFrom() {
    var file = CodexSample.sample("01_plain").foundBy(context);
    var turn = client.startTurn(file.thread());
    expect(200, client.post(turn(file.thread(), turn) + "/items", "{\"items\":[" + SHOWN + "]}"));

    var lines = exported(file.thread()).lines().toList();

    assertThat(lines.getLast()).contains("\"AgentMessage\"", "\"ordinal\":15");
    assertThat(lines.get(lines.size() - 2)).contains(HELLO).doesNotContain("ordinal");
  }

  @Test
  void anUnpairedSurrogateIsReplacedBecauseCodexCannotReadIt() throws IOException {
    var id = client.startThread("{\"metadata\":{\"a\":\"b\"}}");
    var cut = "{\"type\":\"%s\",\"payload\":%s}";
    converse(
        id,
        cut.formatted(
            "event_msg", "{\"type\":\"agent_message\",\"message\":\"the answer \\ud83d\\u2026\"}"),
        cut.formatted("response_item", message("assistant", "the answer \\ud83d\\u2026")),
        cut.formatted("event_msg", "{\"type\":\"other\",\"a\":[\"\\ude00\",\"\\\\ud83d\"]}"));

    var stored = Files.readString(rollout(id));
    assertThat(stored).contains("the answer \\ud83d\\u2026");
    assertThat(exported(id))
        .isEqualTo(
            stored
                .replace("answer \\ud83d", "answer \\ufffd")
                .replace("\"\\ude00\"", "\"\\ufffd\""))
        .contains("\\\\ud83d");
  }

  /// Lines that only the export has; all others are there, in order.
  private List<String> added(String id) throws IOException {
    var lines = exported(id).lines().toList();
    var stored = Files.readAllLines(rollout(id));
    assertThat(lines).containsSubsequence(stored);
    return lines.stream().filter(line -> !stored.contains(line)).toList();
  }
}
