package dev.rollbook.projection;

import dev.rollbook.text.RawJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Output streams of agents that Rollbook can interpret: `codex exec --json`, and `stream-json` of
/// Claude Code. Each line of a stream is the payload of an item, and the name of the stream is the
/// type of the item.
///
/// Text is read only from complete messages and results, not from updates of an unfinished item.
/// The `result` line of Claude Code repeats the last answer, so the text of this line is used only
/// if the line reports a failure. Token usage is read from the line that ends a turn or a run.
public enum AgentStream {
  CODEX_EXEC("codex_exec") {
    @Override
    boolean isSilent(JsonNode line) {
      var kind = PayloadJson.text(line, "type");
      return !"item.completed".equals(kind) && !"turn.failed".equals(kind) && !"error".equals(kind);
    }

    @Override
    String text(JsonNode line) {
      return line.has("item")
          ? SearchableText.textOfExecItem(line.path("item"))
          : SearchableText.textOf(line);
    }

    @Override
    @Nullable String role(JsonNode line) {
      return "agent_message".equals(PayloadJson.text(line.path("item"), "type"))
          ? "assistant"
          : null;
    }

    @Override
    @Nullable String message(JsonNode line) {
      return role(line) == null ? null : PayloadJson.text(line.path("item"), "text");
    }

    @Override
    boolean isEnd(JsonNode line) {
      return "turn.completed".equals(PayloadJson.text(line, "type"));
    }
  },

  CLAUDE_CODE("claude_code") {
    @Override
    boolean isSilent(JsonNode line) {
      var kind = PayloadJson.text(line, "type");
      return !"assistant".equals(kind) && !"user".equals(kind) && !isFailure(line);
    }

    @Override
    String text(JsonNode line) {
      return isFailure(line)
          ? SearchableText.textOf(line.path("result"))
          : SearchableText.textOfBlocks(line.path("message").path("content"));
    }

    @Override
    @Nullable String role(JsonNode line) {
      for (var block : line.path("message").path("content")) {
        if ("tool_result".equals(PayloadJson.text(block, "type"))) {
          return null;
        }
      }
      return PayloadJson.text(line.path("message"), "role");
    }

    @Override
    @Nullable String message(JsonNode line) {
      var content = line.path("message").path("content");
      for (var block : content) {
        if ("text".equals(PayloadJson.text(block, "type"))) {
          return PayloadJson.text(block, "text");
        }
      }
      return PayloadJson.text(content);
    }

    @Override
    boolean isEnd(JsonNode line) {
      return "result".equals(PayloadJson.text(line, "type"));
    }

    private static boolean isFailure(JsonNode line) {
      return "result".equals(PayloadJson.text(line, "type"))
          && line.path("is_error").asBoolean(false);
    }
  };

  private final String type;

  AgentStream(String type) {
    this.type = type;
  }

  /// The stream of an item type; null for any other type.
  static @Nullable AgentStream of(String itemType) {
    for (var stream : values()) {
      if (stream.type.equals(itemType)) {
        return stream;
      }
    }
    return null;
  }

  /// The usage in an item; [TokenUsage#NONE] if it has none.
  public static TokenUsage usage(String itemType, RawJson payload) {
    var stream = of(itemType);
    return stream == null ? TokenUsage.NONE : stream.usage(PayloadJson.read(payload));
  }

  /// The usage of the turn or run in a line.
  TokenUsage usage(JsonNode line) {
    return isEnd(line) ? TokenUsage.of(line.path("usage")) : TokenUsage.NONE;
  }

  /// The readable text of a line; null for none.
  @Nullable SearchableText passage(JsonNode line) {
    var text = isSilent(line) ? "" : text(line);
    return text.isEmpty()
        ? null
        : new SearchableText(PayloadJson.text(line, "type"), role(line), text);
  }

  /// Whether a line has no text to search.
  abstract boolean isSilent(JsonNode line);

  /// The text of a line.
  abstract String text(JsonNode line);

  /// The role of the speaker, if known.
  abstract @Nullable String role(JsonNode line);

  /// The text of a message; null for any other line.
  abstract @Nullable String message(JsonNode line);

  /// Whether a line ends a turn and states its usage.
  abstract boolean isEnd(JsonNode line);
}
