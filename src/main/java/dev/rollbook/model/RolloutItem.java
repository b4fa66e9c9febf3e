package dev.rollbook.model;

import org.jspecify.annotations.Nullable;

/// One entry of history as its sender gave it, before it has an ordinal.
///
/// @param id the sender's own; an item whose id the thread already holds is not written again
/// @param timestamp RFC 3339 as it was sent, or null for the time of the append
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
