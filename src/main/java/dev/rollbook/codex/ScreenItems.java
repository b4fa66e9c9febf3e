package dev.rollbook.codex;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.RolloutLine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The two ways in which Codex writes down what its screen shows, and how the one becomes the
/// other: a thread shows only what is written in the way of its mode.
final class ScreenItems {
  static final String COMPLETED = "item_completed";
  private static final String USER = "user_message";
  private static final String EVENT = "event_msg";

  private ScreenItems() {}

  /// The type of the event with which a line shows the words of a person, if it does.
  static Optional<String> personsWords(RolloutLine line) {
    if (!line.type().equals(EVENT)) {
      return Optional.empty();
    }
    return Members.of(line.payload())
        .filter(event -> isUser(event) || isCompletedUser(event))
        .map(event -> event.text("type"));
  }

  private static boolean isUser(Members event) {
    return USER.equals(event.text("type"));
  }

  private static boolean isCompletedUser(Members event) {
    return COMPLETED.equals(event.text("type"))
        && event.object("item").filter(i -> "UserMessage".equals(i.text("type"))).isPresent();
  }

  /// A message or a thought as `item_completed`; empty for all else.
  static Optional<RawJson> completed(RolloutLine line, ThreadId thread, TurnId turn) {
    if (!line.type().equals(EVENT)) {
      return Optional.empty();
    }
    return Members.of(line.payload())
        .map(event -> item(event, "\"rollbook-%d\"".formatted(line.ordinal())))
        .map(item ->
            RawJson.of(
                "{\"type\":\"item_completed\",\"thread_id\":\"%s\",\"turn_id\":\"%s\",\"item\":%s%s}"
                    .formatted(thread, turn, item, times(line.timestamp()))));
  }

  /// A message of a person to the model as the event that shows it; empty for all else, and for
  /// what harnesses send in the role of the user, which is marked up.
  static Optional<RawJson> userMessage(RolloutLine line) {
    if (!line.type().equals("response_item")) {
      return Optional.empty();
    }
    return Members.of(line.payload())
        .filter(item -> "message".equals(item.text("type")) && "user".equals(item.text("role")))
        .map(item -> item.firstText("content"))
        .filter(text -> !text.startsWith("<"))
        .map(text ->
            RawJson.of("{\"type\":\"user_message\",\"message\":" + Members.quoted(text) + "}"));
  }

  private static @Nullable String item(Members event, String id) {
    var type = event.text("type");
    var text = event.raw("agent_reasoning".equals(type) ? "text" : "message");
    if (type == null || text == null || !text.toString().startsWith("\"")) {
      return null;
    }
    return switch (type) {
      case USER ->
          "{\"type\":\"UserMessage\",\"id\":%s,\"content\":[{\"type\":\"text\",\"text\":%s,\"text_elements\":[]}]}"
              .formatted(id, text);
      case "agent_message" ->
          "{\"type\":\"AgentMessage\",\"id\":%s,\"content\":[{\"type\":\"Text\",\"text\":%s}]}"
              .formatted(id, text);
      case "agent_reasoning" ->
          "{\"type\":\"Reasoning\",\"id\":%s,\"summary_text\":[%s],\"raw_content\":[]}"
              .formatted(id, text);
      default -> null;
    };
  }

  private static String times(String timestamp) {
    try {
      long at = Timestamps.parse(timestamp).toEpochMilli();
      return ",\"started_at_ms\":%d,\"completed_at_ms\":%d".formatted(at, at);
    } catch (IllegalArgumentException notATime) {
      return "";
    }
  }
}
