package dev.rollbook.api;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.line.RawLine;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// A line of a wrapped upload that is no JSON object, kept in its place as items of a type of its
/// own.
///
/// The payload is `{line, part, reason, text}`; `base64` stands for `text` where the line is not
/// UTF-8, so that no byte is lost. A long line has several parts.
final class UnreadableLine {
  static final String TYPE = "unreadable_line";

  private static final int PART_BYTES = 256 * 1024;

  private final long line;
  private final String reason;
  private int parts;

  /// @param line its number in the upload, from 1
  /// @param reason why it is not an item
  UnreadableLine(long line, String reason) {
    this.line = line;
    this.reason = reason;
  }

  /// The items of the next bytes of the line.
  List<RolloutItem> items(byte[] bytes, int from, int to) {
    return from < to
        ? new RawLine(bytes, from, to - from).parts(PART_BYTES).stream().map(this::item).toList()
        : List.of();
  }

  private RolloutItem item(RawLine part) {
    var payload = new LinkedHashMap<String, Object>();
    payload.put("line", line);
    payload.put("part", ++parts);
    payload.put("reason", reason);
    var content = part.textOrBase64();
    payload.put(content.getKey(), content.getValue());
    return RolloutItem.of(TYPE, RawJson.of(JsonMapper.shared().writeValueAsBytes(payload)));
  }
}
