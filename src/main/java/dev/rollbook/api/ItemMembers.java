package dev.rollbook.api;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import org.jspecify.annotations.Nullable;

/// The members of one item as they come, in any order.
final class ItemMembers {
  private static final int LONGEST_ID = 128;

  private final JsonBody body;
  private @Nullable String id;
  private @Nullable String timestamp;
  private @Nullable String type;
  private @Nullable RawJson payload;
  private @Nullable RawJson metadata;

  ItemMembers(JsonBody body) {
    this.body = body;
  }

  void member(String name) {
    switch (name) {
      case "id" -> id = body.word(LONGEST_ID);
      case "timestamp" -> timestamp = body.parsed(ItemMembers::checked);
      case "type" -> type = typeText();
      case "payload" -> payload = body.raw();
      case "metadata" -> metadata = body.isNull() ? null : body.raw();
      default -> throw body.unknown();
    }
  }

  /// To be called at the end of the item, where the place is still its own.
  RolloutItem build() {
    if (type == null) {
      throw new InvalidRequest(body.pointer() + "/type", "is missing");
    }
    if (payload == null) {
      throw new InvalidRequest(body.pointer() + "/payload", "is missing");
    }
    return new RolloutItem(id, timestamp, type, payload, metadata);
  }

  private String typeText() {
    var text = body.word(LONGEST_ID);
    if (text == null || text.isBlank()) {
      throw body.wrong("must not be empty");
    }
    return text;
  }

  private static String checked(String timestamp) {
    Timestamps.parse(timestamp);
    return timestamp;
  }
}
