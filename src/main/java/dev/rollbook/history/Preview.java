package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The first user message of a thread, for lists.
///
/// What a person typed is an event. A message to the model is only a stand-in until there is one:
/// harnesses also send their own instructions in the role of the user.
///
/// @param settled whether it is what a person typed, so that later items need not be looked at
public record Preview(@Nullable String text, boolean settled) {
  public static final Preview NONE = new Preview(null, false);
  private static final int LONGEST = 256;

  /// A preview that the state-db holds.
  public static Preview of(@Nullable String text) {
    return text == null ? NONE : new Preview(text, true);
  }

  /// The preview after one more item; cheap where the item cannot change it.
  public Preview after(String type, RawJson payload) {
    return wants(type) ? after(type, Payload.read(payload)) : this;
  }

  /// Whether an item of that type can change it.
  boolean wants(String type) {
    return !settled && (type.equals(ItemTypes.EVENT) || standInWanted(type));
  }

  private boolean standInWanted(String type) {
    return text == null && type.equals(ItemTypes.RESPONSE_ITEM);
  }

  Preview after(String type, JsonNode payload) {
    if (!wants(type)) {
      return this;
    }
    var typed = type.equals(ItemTypes.EVENT) ? typed(payload) : null;
    if (typed != null) {
      return new Preview(shortened(typed), true);
    }
    var message = standInWanted(type) ? message(payload) : null;
    return message == null ? this : new Preview(shortened(message), false);
  }

  private static @Nullable String typed(JsonNode event) {
    var type = Payload.text(event, "type");
    if ("user_message".equals(type)) {
      return Payload.text(event, "message");
    }
    var item = event.path("item");
    return "item_completed".equals(type) && "UserMessage".equals(Payload.text(item, "type"))
        ? contentText(item)
        : null;
  }

  private static @Nullable String message(JsonNode item) {
    boolean fromUser =
        "message".equals(Payload.text(item, "type")) && "user".equals(Payload.text(item, "role"));
    return fromUser ? contentText(item) : null;
  }

  private static @Nullable String contentText(JsonNode item) {
    for (var part : item.path("content")) {
      var text = Payload.text(part, "text");
      if (text != null) {
        return text;
      }
    }
    return null;
  }

  private static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= LONGEST
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST));
  }
}
