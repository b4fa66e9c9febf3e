package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.text.RawJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// The preview is the first message that a user typed.
class PreviewTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @Test
  void aThreadWithoutMessagesHasNoPreview() {
    assertThat(after(event("{\"type\":\"token_count\"}"), item("note", "{}")).text()).isNull();
  }

  @Test
  void aModelInputIsThePreviewUntilAUserTypesAMessage() {
    var standIn = after(message("user", "instructions of the harness"));

    assertThat(standIn).isEqualTo(new Preview("instructions of the harness", false));
    assertThat(standIn.after("event_msg", typed("hello").payload()))
        .isEqualTo(new Preview("hello", true));
  }

  /// What Codex 0.171 lists for a thread with this first message, and `then` as its second.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          hello there|hello there
          \\n\\n   \\n  what does the parser do?|what does the parser do?
           \\u00a0\\u2003hello\\u3000\\u0085\\u000b|hello
          \\u001chello\\u200b|\\u001chello\\u200b
          \\u00a0\\u3000|then
          '  '|then
          '# Context from my IDE setup:\\n\\n## Active file: a\\n\\n## My request for Codex:\\nrename it\\n'|rename it
          '# Files mentioned by the user:\\n\\n## a: /a\\n\\n## My request for Codex:\\nread'|read
          x ## My request for Codex: rename|rename
          a\\n### My request for Codex:\\nb|b
          '## My request for Codex:\\none\\n## My request for Codex:\\ntwo'|one\\n## My request for Codex:\\ntwo
          '## My request for Codex:\\n'|then
          '## my request for codex:\\nlow'|## my request for codex:\\nlow
          '# Context from my IDE setup:\\n\\n## Active file: a'|# Context from my IDE setup:\\n\\n## Active file: a
          '# AGENTS.md instructions for /x\\n\\n<INSTRUCTIONS>\\nx\\n</INSTRUCTIONS>'|# AGENTS.md instructions for /x\\n\\n<INSTRUCTIONS>\\nx\\n</INSTRUCTIONS>
          <environment_context>x</environment_context>|<environment_context>x</environment_context>
          /review now|/review now
          !ls|!ls
          """)
  void theFirstMessageIsShownAsCodexShowsIt(String message, String shown) {
    var expected = JSON.readTree("\"" + shown + "\"").stringValue();
    var part = "{\"type\":\"text\",\"text\":\"" + message + "\",\"text_elements\":[]}";

    assertThat(after(typed(message), typed("then")).text()).isEqualTo(expected);
    assertThat(after(completed(part), typed("then")).text()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          ''          | "images":["data:x"]                        | [Image]
          '  '        | "local_images":["/a.png"]                  | [Image]
          what is it? | "images":["data:x"]                        | what is it?
          ''          | "audio":["data:x"]                         | [Audio]
          ''          | "local_audio":["/a"],"images":["data:x"]    | [Image]
          ''          | "images":null,"local_images":[]            | none
          """)
  void aMessageWithOnlyAnImageIsShownAsImage(String text, String members, String shown) {
    var message =
        event("{\"type\":\"user_message\",\"message\":\"%s\",%s}".formatted(text, members));

    assertThat(after(message).text()).isEqualTo(shown);
    assertThat(after(message).settled()).isEqualTo(shown != null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          {"type":"text","text":"a "},{"type":"text","text":" b"}               | a  b
          {"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"} | ab
          {"type":"image","image_url":"data:x"}                                 | [Image]
          {"type":"text","text":"  "},{"type":"local_image","path":"/a"}        | [Image]
          {"type":"local_audio","path":"/a"}                                    | [Audio]
          {"type":"skill","name":"x","path":"/x"}                               | none
          {"type":"mention","name":"x","path":"/x"}                             | none
          """)
  void thePartsOfAMessageAreShownTogether(String parts, String shown) {
    assertThat(after(completed(parts)).text()).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          '# AGENTS.md instructions for /x\\n\\n<INSTRUCTIONS>\\nUse tabs.\\n</INSTRUCTIONS>' | fix it
          '# AGENTS.md instructions for /x'                                                   | fix it
          <environment_context>\\n  <cwd>/x</cwd>\\n</environment_context>                 | fix it
          <ENVIRONMENT_CONTEXT>x</ENVIRONMENT_CONTEXT>                                      | fix it
          <user_instructions>\\nBe brief.\\n</user_instructions>                           | fix it
          <user_shell_command>\\n<command>ls</command>\\n</user_shell_command>             | fix it
          <skill>\\n<name>x</name>\\n</skill>                                              | fix it
          <turn_aborted>\\nx\\n</turn_aborted>                                             | fix it
          <subagent_notification>x</subagent_notification>                                  | fix it
          <image name=[Image #1] path=/a>                                                   | fix it
          <user_instructions>a</user_instructions>\\n<environment_context>b</environment_context>\\nreal words | real words
          <b>bold</b> words                                                                 | <b>bold</b> words
          """)
  void messagesInjectedByHarnessesAreNoPreview(String sent, String shown) {
    assertThat(after(message("user", sent), message("user", "fix it"))).isEqualTo(standIn(shown));
  }

  @Test
  void onlyTheUsersPartsOfAModelInputAreThePreview() {
    var parts =
        item(
            "response_item",
            """
            {"type":"message","role":"user","content":[
             {"type":"input_text","text":"# AGENTS.md instructions for /x\\n\\n<INSTRUCTIONS>\\n</INSTRUCTIONS>"},
             {"type":"input_text","text":"<environment_context>x</environment_context>"},
             {"type":"input_text","text":"write the changelog"}]}\
            """);
    var image =
        item(
            "response_item",
            """
            {"type":"message","role":"user","content":[
             {"type":"input_text","text":"<image name=[Image #1] path=/a>"},
             {"type":"input_image","image_url":"data:x"},{"type":"input_text","text":"</image>"}]}\
            """);

    assertThat(after(parts)).isEqualTo(standIn("write the changelog"));
    assertThat(after(image)).isEqualTo(standIn("[Image]"));
  }

  @Test
  void skippingInjectedTextTakesLinearTime() {
    var blank = " ".repeat(400_000);
    var blocks = "<skill></skill>".repeat(30_000);

    assertThat(after(typed("a" + blank + "b")).text()).hasSize(256);
    assertThat(after(message("user", "# AGENTS.md instructions" + blank)).text()).isNull();
    assertThat(after(message("user", blocks + "words"))).isEqualTo(standIn("words"));
  }

  @Test
  void theFirstTypedMessageStays() {
    assertThat(after(typed("first"), typed("second"), message("user", "third")).text())
        .isEqualTo("first");
  }

  @Test
  void aSecondModelInputDoesNotReplaceTheFirst() {
    assertThat(after(message("user", "first"), message("user", "second")).text())
        .isEqualTo("first");
  }

  @Test
  void messagesOfOtherRolesAreNoPreview() {
    assertThat(after(message("developer", "x"), message("assistant", "y")).text()).isNull();
  }

  @Test
  void anItemThatIsCompletedIsATypedMessageToo() {
    var completed =
        event(
            """
            {"type":"item_completed","item":{"type":"UserMessage",
             "content":[{"type":"image"},{"type":"text","text":"hello"}]}}\
            """);

    assertThat(after(message("user", "stand-in"), completed)).isEqualTo(new Preview("hello", true));
  }

  @Test
  void theUserMessageThatRollbookWritesIsTyped() {
    var items = TurnMarker.userMessage("hello \"you\"");

    assertThat(items).hasSize(2);
    assertThat(after(items.get(0))).isEqualTo(new Preview("hello \"you\"", false));
    assertThat(after(items.get(1))).isEqualTo(new Preview("hello \"you\"", true));
  }

  @Test
  void unpairedSurrogatesAndNulAreReplaced() {
    assertThat(after(typed("a\\ud800b\\udc00c\\u0000d\\ud83d\\ude00")).text())
        .isEqualTo("a\uFFFDb\uFFFDc\uFFFDd😀");
  }

  @Test
  void aLongMessageIsCutBetweenCharacters() {
    var text = after(typed("🎉".repeat(300))).text();

    assertThat(text).isEqualTo("🎉".repeat(256));
  }

  @Test
  void aPreviewFromTheStateDbIsNotReplaced() {
    assertThat(Preview.of("kept").after("event_msg", typed("later").payload()).text())
        .isEqualTo("kept");
    assertThat(Preview.of(null)).isEqualTo(Preview.NONE);
  }

  @Test
  void nonObjectPayloadsChangeNothing() {
    assertThat(after(event("[1]"), event("null"), item("response_item", "\"text\"")))
        .isEqualTo(Preview.NONE);
  }

  private static Preview after(RolloutItem... items) {
    var preview = Preview.NONE;
    for (var item : items) {
      preview = preview.after(item.type(), item.payload());
    }
    return preview;
  }

  private static Preview standIn(String text) {
    return new Preview(text, false);
  }

  private static RolloutItem completed(String parts) {
    return event(
        "{\"type\":\"item_completed\",\"item\":{\"type\":\"UserMessage\",\"content\":[%s]}}"
            .formatted(parts));
  }

  private static RolloutItem typed(String jsonText) {
    return event("{\"type\":\"user_message\",\"message\":\"%s\"}".formatted(jsonText));
  }

  private static RolloutItem message(String role, String text) {
    return item(
        "response_item",
        "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"input_text\",\"text\":\"%s\"}]}"
            .formatted(role, text));
  }

  private static RolloutItem event(String payload) {
    return item("event_msg", payload);
  }

  private static RolloutItem item(String type, String payload) {
    return RolloutItem.of(type, RawJson.of(payload));
  }
}
