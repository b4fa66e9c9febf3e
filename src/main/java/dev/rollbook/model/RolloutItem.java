package dev.rollbook.model;

import dev.rollbook.text.RawJson;
import org.jspecify.annotations.Nullable;

/// An item as it was sent, before it has an ordinal.
///
/// @param id id that the sender assigned; if the thread already has an item with this id, this item
///   is not written
/// @param timestamp time in RFC 3339, as it was sent; null for the time of the append
public record RolloutItem(
    @Nullable String id,
    @Nullable String timestamp,
    String type,
    RawJson payload,
    @Nullable RawJson metadata) {

  public static RolloutItem of(String type, RawJson payload) {
    return new RolloutItem(null, null, type, payload, null);
  }
}
