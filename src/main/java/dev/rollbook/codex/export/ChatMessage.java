package dev.rollbook.codex.export;

import dev.rollbook.codex.ExportedLineId;
import dev.rollbook.model.WireName;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A message in a line of a rollout. Codex stores each message twice: as an event that it shows to
/// a person, and as an item that it sends to the model.
///
/// @param text text of the message as a JSON string, with quotes and escapes
record ChatMessage(Role role, Audience audience, RawJson text) {

  /// Who speaks.
  enum Role implements WireName {
    USER("input_text"),
    ASSISTANT("output_text");

    private final String part;

    Role(String part) {
      this.part = part;
    }
  }

  /// Who reads it, and in which form.
  enum Audience {
    /// A person, as `user_message` or `agent_message`.
    SCREEN,
    /// A person, as `item_completed`.
    SCREEN_ITEM,
    /// The model.
    MODEL
  }

  private static final String EVENT = "event_msg";
  private static final String RESPONSE_ITEM = "response_item";

  static Optional<ChatMessage> in(RolloutLine line) {
    return switch (line.type()) {
      case EVENT -> JsonMembers.of(line.payload()).map(ChatMessage::shown);
      case RESPONSE_ITEM -> JsonMembers.of(line.payload()).map(ChatMessage::sent);
      default -> Optional.empty();
    };
  }

  boolean isSent() {
    return audience == Audience.MODEL;
  }

  /// Whether a harness wrote the message in the role of the user, and no person did.
  boolean isMarkup() {
    return isSent() && role == Role.USER && text.toString().startsWith("\"<");
  }

  /// The same message for the other audience. The line has no ordinal, so that the ordinals of the
  /// rollout's lines stay as they are.
  String counterpart(RolloutLine line) {
    return isSent()
        ? line(
            line,
            EVENT,
            "{\"type\":\"%s\",\"message\":%s}"
                .formatted(role == Role.USER ? "user_message" : "agent_message", text))
        : line(
            line,
            RESPONSE_ITEM,
            "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"%s\",\"text\":%s}]}"
                .formatted(role.wireName(), role.part, text));
  }

  private static String line(RolloutLine of, String type, String payload) {
    return "{\"timestamp\":%s,\"id\":\"%s\",\"type\":\"%s\",\"payload\":%s}\n"
        .formatted(JsonMembers.quoted(of.timestamp()), ExportedLineId.added(of), type, payload);
  }

  private static @Nullable ChatMessage shown(JsonMembers event) {
    var type = event.text("type");
    return switch (type == null ? "" : type) {
      case "user_message" -> of(Role.USER, Audience.SCREEN, event.rawText("message"));
      case "agent_message" -> of(Role.ASSISTANT, Audience.SCREEN, event.rawText("message"));
      case ItemCompletedConverter.TYPE ->
          event.object("item").map(ChatMessage::completed).orElse(null);
      default -> null;
    };
  }

  private static @Nullable ChatMessage completed(JsonMembers item) {
    var type = item.text("type");
    return switch (type == null ? "" : type) {
      case "UserMessage" -> of(Role.USER, Audience.SCREEN_ITEM, item.texts("content"));
      case "AgentMessage" -> of(Role.ASSISTANT, Audience.SCREEN_ITEM, item.texts("content"));
      default -> null;
    };
  }

  private static @Nullable ChatMessage sent(JsonMembers item) {
    var role = item.text("role");
    if (!"message".equals(item.text("type")) || role == null) {
      return null;
    }
    var text = item.texts("content");
    return switch (role) {
      case "user" -> of(Role.USER, Audience.MODEL, text);
      case "assistant" -> of(Role.ASSISTANT, Audience.MODEL, text);
      default -> null;
    };
  }

  private static @Nullable ChatMessage of(Role role, Audience audience, @Nullable RawJson text) {
    return text == null ? null : new ChatMessage(role, audience, text);
  }
}
