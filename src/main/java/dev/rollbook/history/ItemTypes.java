package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;

/// The few types of items that are looked into; all others pass as they are.
final class ItemTypes {
  static final String SESSION_META = "session_meta";
  static final String EVENT = "event_msg";
  static final String RESPONSE_ITEM = "response_item";

  private ItemTypes() {}

  static RolloutItem event(RawJson payload) {
    return RolloutItem.of(EVENT, payload);
  }
}
