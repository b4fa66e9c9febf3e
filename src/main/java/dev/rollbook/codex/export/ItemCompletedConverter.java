package dev.rollbook.codex.export;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Converts messages and reasoning from `event_msg` lines into `item_completed` events.
///
/// In a legacy thread, Codex shows only plain events. In a paginated thread, it shows only
/// `item_completed` events. Without this class, a turn of a paginated thread that began in Rollbook
/// would have no messages in Codex.
final class ItemCompletedConverter {
  static final String TYPE = "item_completed";
  private static final String EVENT = "event_msg";

  private ItemCompletedConverter() {}

  /// The `item_completed` event for a message or a reasoning; empty for every other line.
  static Optional<RawJson> of(RolloutLine line, ThreadId thread, TurnId turn) {
    if (!line.type().equals(EVENT)) {
      return Optional.empty();
    }
    return JsonMembers.of(line.payload())
        .map(event -> item(event, "\"rollbook-%d\"".formatted(line.ordinal())))
        .map(item ->
            RawJson.of(
                "{\"type\":\"item_completed\",\"thread_id\":\"%s\",\"turn_id\":\"%s\",\"item\":%s%s}"
                    .formatted(thread, turn, item, times(line.timestamp()))));
  }

  private static @Nullable String item(JsonMembers event, String id) {
    var type = event.text("type");
    var text = event.rawText("agent_reasoning".equals(type) ? "text" : "message");
    if (type == null || text == null) {
      return null;
    }
    return switch (type) {
      case "user_message" ->
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
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
