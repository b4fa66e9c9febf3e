package dev.rollbook.projection;

import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// Readable text of an item, as indexed by the search.
///
/// @param kind `type` of the payload
/// @param role role of the author; null if unknown
public record SearchableText(@Nullable String kind, @Nullable String role, String text) {
  /// Turn markers, settings and counts: no words of a person or an agent.
  private static final Set<String> SILENT_TYPES =
      Set.of(ItemTypes.SESSION_META, "world_state", "turn_context", "token_usage_record");

  static boolean isSilent(@Nullable String type) {
    return type != null && (SILENT_TYPES.contains(type) || type.startsWith("token_"));
  }

  /// The readable text of an item; empty if it has none.
  static String textOf(JsonNode payload) {
    var gathered = new TextCollector();
    if (payload.isString()) {
      gathered.value(payload, 0);
    } else {
      gathered.object(payload);
    }
    return gathered.text();
  }

  /// The texts of an item in the output of `codex exec --json`.
  static String textOfExecItem(JsonNode item) {
    var gathered = new TextCollector();
    gathered.completed(item);
    gathered.members(item, List.of("server", "tool"), 0);
    for (var part : List.of("arguments", "result", "changes", "items", "error")) {
      gathered.any(item.path(part), 0);
    }
    return gathered.text();
  }

  /// The texts of a message that is a text or blocks, as Anthropic's API has it.
  static String textOfBlocks(JsonNode content) {
    var gathered = new TextCollector();
    if (content.isArray()) {
      content.forEach(gathered::object);
    } else {
      gathered.value(content, 0);
    }
    return gathered.text();
  }

  /// Collector of the texts of one payload: messages, tool calls and tool output.
  ///
  /// It reads only members that are known to hold such texts, so that neither encrypted content nor
  /// images become part of the passage.
  private static final class TextCollector {
    private static final int MAX_LENGTH = 256 * 1024;
    private static final int MAX_DEPTH = 8;
    private static final List<String> SPOKEN =
        List.of("text", "message", "content", "output", "input", "error");

    private final StringBuilder text = new StringBuilder();
    private String separator = "\n";

    TextCollector() {}

    private String text() {
      return Unicode.wellFormed(text.toString()).strip();
    }

    private void object(JsonNode payload) {
      var kind = PayloadJson.text(payload, "type");
      switch (kind == null ? "" : kind) {
        case "function_call" -> call(payload, "arguments");
        case "custom_tool_call", "tool_use" -> call(payload, "input");
        case "thinking" -> members(payload, List.of("thinking"), 0);
        case "local_shell_call" -> members(payload.path("action"), List.of("command"), 0);
        case "web_search_call" ->
            members(payload.path("action"), List.of("query", "queries", "url", "pattern"), 0);
        case "reasoning" -> members(payload, List.of("summary", "content"), 0);
        case "agent_reasoning", "agent_reasoning_raw_content" ->
            members(payload, List.of("text"), 0);
        case "item_completed" -> completed(payload.path("item"));
        default -> members(payload, SPOKEN, 0);
      }
    }

    /// The input of a tool is JSON in a string; the values in that JSON are the text.
    private void call(JsonNode payload, String input) {
      members(payload, List.of("name"), 0);
      var given = payload.path(input);
      var read = given.isString() ? PayloadJson.read(RawJson.of(given.stringValue())) : given;
      if (!read.isObject()) {
        value(given, 0);
        return;
      }
      for (var member : read.properties()) {
        add(member.getKey() + ":");
        separator = " ";
        any(member.getValue(), 0);
        separator = "\n";
      }
    }

    private void completed(JsonNode item) {
      members(
          item,
          List.of(
              "command",
              "aggregated_output",
              "text",
              "content",
              "summary_text",
              "raw_content",
              "query",
              "message"),
          0);
    }

    private void members(JsonNode object, List<String> names, int depth) {
      for (var name : names) {
        value(object.path(name), depth + 1);
      }
    }

    /// Adds a text, an array of texts, or an object with texts.
    private void value(JsonNode node, int depth) {
      if (depth > MAX_DEPTH) {
        return;
      }
      if (node.isString()) {
        output(node.stringValue(), depth);
      } else if (node.isArray()) {
        node.forEach(element -> value(element, depth + 1));
      } else if (node.isObject()) {
        members(node, SPOKEN, depth);
      }
    }

    /// Adds all values below a node, because the input of a tool may have any form.
    private void any(JsonNode node, int depth) {
      if (depth > MAX_DEPTH) {
        return;
      }
      if (node.isContainer()) {
        node.forEach(element -> any(element, depth + 1));
      } else if (!node.isNull() && !node.isMissingNode()) {
        add(node.asString());
      }
    }

    /// Some tools put their output into a JSON object within the string.
    private void output(String said, int depth) {
      var read =
          said.startsWith("{\"output\"")
              ? PayloadJson.read(RawJson.of(said))
              : MissingNode.getInstance();
      if (read.isObject()) {
        members(read, SPOKEN, depth);
      } else {
        add(said);
      }
    }

    private void add(String more) {
      boolean image = more.startsWith("data:") && more.contains(";base64,");
      int room = MAX_LENGTH - text.length();
      if (!image && room > 0 && !more.isEmpty()) {
        text.append(text.isEmpty() ? "" : separator);
        text.append(more, 0, Math.min(more.length(), room));
      }
    }
  }
}
