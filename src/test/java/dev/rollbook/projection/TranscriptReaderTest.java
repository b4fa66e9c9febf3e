package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.projection.TranscriptReader.TurnPosition;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Searchable text of a history: messages and tool calls, and their turns.
class TranscriptReaderTest {
  private static final String TURN = "01a2034a-ba07-7ea1-8316-b15b66779a8a";

  private TranscriptReader transcript = new TranscriptReader(TurnPosition.START);
  private long ordinal;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]} | a;b
          {"type":"function_call","name":"shell","arguments":"{\\"cmd\\":[\\"ls\\",\\"-l\\"],\\"n\\":2}"} | shell;cmd: ls -l;n: 2
          {"type":"function_call","name":"shell","arguments":"{broken"} | shell;{broken
          {"type":"custom_tool_call","name":"patch","input":"+ a"} | patch;+ a
          {"type":"function_call_output","output":"{\\"output\\":\\"done\\",\\"metadata\\":{\\"x\\":1}}"} | done
          {"type":"function_call_output","output":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA"}]} | a
          {"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"content":null,"encrypted_content":"secret"} | hm
          {"type":"local_shell_call","action":{"type":"exec","command":["rm","x"]}} | rm;x
          {"type":"item_completed","item":{"type":"CommandExecution","command":["ls"],"aggregated_output":"x"}} | ls;x
          {"type":"item_completed","item":{"type":"Reasoning","summary_text":["hm"],"raw_content":[]}} | hm
          {"type":"anything","text":"a","message":"b","content":"c","output":"d","input":"e","other":"f"} | a;b;c;d;e
          {"type":"anything","text":"data:text/plain;base64,AAAA","message":"b"} | b
          "only a text" | only a text
          """)
  void messagesAndToolCallsAreRead(String payload, String lines) {
    assertThat(text("response_item", payload)).isEqualTo(lines.replace(';', '\n'));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "1",
        "null",
        "[\"a\"]",
        "{\"type\":\"token_count\",\"text\":\"a\"}",
        "{\"type\":\"message\",\"content\":[]}",
        "{\"type\":\"message\",\"content\":{\"text\":7}}",
        "{\"text\":\" \\n \"}"
      })
  void otherItemsHaveNoText(String payload) {
    assertThat(read("event_msg", payload).passage()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"session_meta", "world_state", "turn_context", "token_usage_record"})
  void settingsHaveNoText(String type) {
    assertThat(read(type, "{\"text\":\"a\"}").passage()).isNull();
  }

  @Test
  void aLongTextIsTruncatedBetweenCharacters() {
    var read = text("note", "{\"text\":\"%s\"}".formatted("x" + "🙂".repeat(200_000)));

    assertThat(read).startsWith("x🙂").hasSizeBetween(262_143, 262_144).endsWith("\ufffd");
  }

  @Test
  void unpairedSurrogatesOfTextAreReplaced() {
    assertThat(text("note", "{\"text\":\"a\\u0000b\\ud800c\"}")).isEqualTo("a\ufffdb\ufffdc");
  }

  @Test
  void anItemBelongsToTheTurnBetweenWhoseMarkersItIs() {
    assertThat(read("note", "{\"text\":\"a\"}").turn()).isNull();
    read("event_msg", frame("task_started", true));
    assertThat(turn("{\"text\":\"a\"}")).isEqualTo(TURN);
    read("event_msg", frame("task_complete", false));
    assertThat(turn("{\"text\":\"a\"}")).as("a client's frame in Rollbook's own").isEqualTo(TURN);

    transcript = new TranscriptReader(transcript.position());
    assertThat(turn("{\"text\":\"a\"}")).as("gone on with later").isEqualTo(TURN);
    read("event_msg", frame("turn_aborted", true));
    assertThat(turn("{\"text\":\"a\"}")).isEqualTo("null");
  }

  private static String frame(String type, boolean own) {
    return "{\"type\":\"%s\",\"turn_id\":\"%s\"%s}"
        .formatted(type, TURN, own ? ",\"originator\":\"rollbook\"" : "");
  }

  private String turn(String payload) {
    return String.valueOf(read("note", payload).turn());
  }

  private String text(String type, String payload) {
    return read(type, payload).passage().text();
  }

  private TranscriptReader.TranscriptLine read(String type, String payload) {
    var raw = RawJson.of(payload);
    return transcript.read(
        new RolloutLine(ordinal++, true, null, "2026-01-01T00:00:00.000Z", type, raw, null, raw));
  }
}
