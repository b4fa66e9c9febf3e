package dev.rollbook.codex;

import dev.rollbook.model.RawJson;
import dev.rollbook.projection.ExportMark;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Words in a line of a rollout. Codex keeps them twice: as an event that it shows to a person, and
/// as an item that it sends to the model.
///
/// @param text as JSON has it
record Said(Role role, Way way, RawJson text) {

  /// Who speaks.
  enum Role {
    USER("input_text"),
    ASSISTANT("output_text");

    private final String part;

    Role(String part) {
      this.part = part;
    }

    private String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// To whom.
  enum Way {
    /// To a person, as `user_message` or `agent_message`.
    SHOWN,
    /// To a person, as `item_completed`.
    COMPLETED,
    /// To the model.
    SENT
  }

  private static final String EVENT = "event_msg";
  private static final String RESPONSE_ITEM = "response_item";

  static Optional<Said> in(RolloutLine line) {
    return switch (line.type()) {
      case EVENT -> Members.of(line.payload()).map(Said::shown);
      case RESPONSE_ITEM -> Members.of(line.payload()).map(Said::sent);
      default -> Optional.empty();
    };
  }

  boolean isSent() {
    return way == Way.SENT;
  }

  /// What harnesses send in the role of the user is no words of a person.
  boolean isMarkup() {
    return isSent() && role == Role.USER && text.toString().startsWith("\"<");
  }

  /// The other half of it, as a line without an ordinal: those of the rollout stay what they are.
  String otherHalf(RolloutLine line) {
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
        .formatted(Members.quoted(of.timestamp()), ExportMark.added(of), type, payload);
  }

  private static @Nullable Said shown(Members event) {
    var type = event.text("type");
    return switch (type == null ? "" : type) {
      case "user_message" -> of(Role.USER, Way.SHOWN, event.rawText("message"));
      case "agent_message" -> of(Role.ASSISTANT, Way.SHOWN, event.rawText("message"));
      case ScreenItems.COMPLETED -> event.object("item").map(Said::completed).orElse(null);
      default -> null;
    };
  }

  private static @Nullable Said completed(Members item) {
    var type = item.text("type");
    return switch (type == null ? "" : type) {
      case "UserMessage" -> of(Role.USER, Way.COMPLETED, item.texts("content"));
      case "AgentMessage" -> of(Role.ASSISTANT, Way.COMPLETED, item.texts("content"));
      default -> null;
    };
  }

  private static @Nullable Said sent(Members item) {
    var role = item.text("role");
    if (!"message".equals(item.text("type")) || role == null) {
      return null;
    }
    var text = item.texts("content");
    return switch (role) {
      case "user" -> of(Role.USER, Way.SENT, text);
      case "assistant" -> of(Role.ASSISTANT, Way.SENT, text);
      default -> null;
    };
  }

  private static @Nullable Said of(Role role, Way way, @Nullable RawJson text) {
    return text == null ? null : new Said(role, way, text);
  }
}
