package dev.rollbook.api.upload;

import dev.rollbook.api.json.JsonBody;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.text.RawJson;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Format of an upload's lines. Each line is an item as the API defines it. With the query
/// parameter `wrap`, a line is any JSON object of an agent's output stream, and becomes the payload
/// of an item.
///
/// @param type value of `wrap`: the type of the items whose payloads are the lines; null if each
///   line is an item itself
record UploadFormat(@Nullable String type) {
  static final UploadFormat ITEM = new UploadFormat(null);

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.-]{0,63}");

  /// Types with a meaning for Rollbook or Codex, which the lines of another agent must not get.
  private static final Set<String> RESERVED =
      Set.of(
          "session_meta",
          "response_item",
          "event_msg",
          "turn_context",
          "world_state",
          "token_usage_record",
          "compacted",
          UploadReader.UNREADABLE_LINE);

  /// @param wrap the query parameter
  /// @throws InvalidRequest if it is not allowed as the type of an item
  static UploadFormat of(@Nullable String wrap) {
    if (wrap == null) {
      return ITEM;
    }
    if (!NAME.matcher(wrap).matches()) {
      throw new InvalidRequest(
          "wrap", "must be 1 to 64 of a-z, 0-9, _, . and -, and begin with a letter");
    }
    if (RESERVED.contains(wrap)) {
      throw new InvalidRequest("wrap", "is a reserved type, which Rollbook or Codex write");
    }
    return new UploadFormat(wrap);
  }

  boolean isWrapped() {
    return type != null;
  }

  /// @throws InvalidRequest if the line is neither
  RolloutItem read(JsonBody line) {
    return type == null ? line.item() : RolloutItem.of(type, object(line));
  }

  private static RawJson object(JsonBody line) {
    var object = line.rawObject(Integer.MAX_VALUE);
    if (object == null) {
      throw line.wrong("must be an object");
    }
    return object;
  }
}
