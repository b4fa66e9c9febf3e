package dev.rollbook.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import org.junit.jupiter.api.Test;

/// The preview is what a person typed first.
class PreviewTest {
  @Test
  void aThreadInWhichNobodySaidAnythingHasNone() {
    assertThat(after(event("{\"type\":\"token_count\"}"), item("note", "{}")).text()).isNull();
  }

  @Test
  void aMessageToTheModelStandsInUntilAPersonTypedOne() {
    var standIn = after(message("user", "instructions of the harness"));

    assertThat(standIn).isEqualTo(new Preview("instructions of the harness", false));
    assertThat(standIn.after("event_msg", typed("hello").payload()))
        .isEqualTo(new Preview("hello", true));
  }

  @Test
  void theFirstTypedMessageStays() {
    assertThat(after(typed("first"), typed("second"), message("user", "third")).text())
        .isEqualTo("first");
  }

  @Test
  void aSecondStandInDoesNotReplaceTheFirst() {
    assertThat(after(message("user", "first"), message("user", "second")).text())
        .isEqualTo("first");
  }

  @Test
  void messagesOfOthersDoNotStandIn() {
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
    var items = TurnFrame.userMessage("hello \"you\"");

    assertThat(items).hasSize(2);
    assertThat(after(items.get(0))).isEqualTo(new Preview("hello \"you\"", false));
    assertThat(after(items.get(1))).isEqualTo(new Preview("hello \"you\"", true));
  }

  @Test
  void halvesOfSurrogatePairsAndNulAreReplaced() {
    assertThat(after(typed("a\\ud800b\\udc00c\\u0000d\\ud83d\\ude00")).text())
        .isEqualTo("a\uFFFDb\uFFFDc\uFFFDd😀");
  }

  @Test
  void aLongMessageIsCutBetweenCharacters() {
    var text = after(typed("🎉".repeat(300))).text();

    assertThat(text).isEqualTo("🎉".repeat(256));
  }

  @Test
  void aPreviewThatTheStateDbHoldsIsSettled() {
    assertThat(Preview.of("kept").after("event_msg", typed("later").payload()).text())
        .isEqualTo("kept");
    assertThat(Preview.of(null)).isEqualTo(Preview.NONE);
  }

  @Test
  void payloadsThatAreNoObjectsChangeNothing() {
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
