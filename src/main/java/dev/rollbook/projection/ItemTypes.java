package dev.rollbook.projection;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.text.RawJson;
import java.time.Instant;

/// Names of the item and event types that Rollbook interprets. All other types are opaque.
final class ItemTypes {
  static final String SESSION_META = "session_meta";
  static final String EVENT = "event_msg";
  static final String RESPONSE_ITEM = "response_item";
  static final String TURN_CONTEXT = "turn_context";
  static final String TOKEN_USAGE_RECORD = "token_usage_record";

  /// Types of events.
  static final String USER_MESSAGE = "user_message";

  static final String TOKEN_COUNT = "token_count";
  static final String ERROR = "error";
  static final String ITEM_COMPLETED = "item_completed";

  private ItemTypes() {}

  /// An event with a time that is also stored elsewhere, in milliseconds.
  static RolloutItem event(Instant at, RawJson payload) {
    return new RolloutItem(null, Timestamps.format(at), EVENT, payload, null);
  }

  static RolloutItem event(RawJson payload) {
    return RolloutItem.of(EVENT, payload);
  }
}
