package dev.rollbook.api;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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
    var items = new ArrayList<RolloutItem>();
    for (int at = from; at < to; ) {
      var part = Arrays.copyOfRange(bytes, at, Math.min(to, at + PART_BYTES));
      int end = at + part.length < to ? at + Utf8.wholeSequences(part, part.length) : to;
      items.add(item(Arrays.copyOf(part, end - at)));
      at = end;
    }
    return items;
  }

  private RolloutItem item(byte[] part) {
    boolean isText = Utf8.firstBad(part) == part.length;
    var payload = new LinkedHashMap<String, Object>();
    payload.put("line", line);
    payload.put("part", ++parts);
    payload.put("reason", reason);
    if (isText) {
      payload.put("text", new String(part, StandardCharsets.UTF_8));
    } else {
      payload.put("base64", Base64.getEncoder().encodeToString(part));
    }
    return RolloutItem.of(TYPE, RawJson.of(JsonMapper.shared().writeValueAsBytes(payload)));
  }
}
