package dev.rollbook.event;

import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.ThreadReverted;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An event and its encoded text. The first subscriber that sends the event encodes it. All other
/// subscribers reuse the text.
public final class EncodedEvent {
  /// Estimated size of the text around an item, or of an event without items.
  private static final int BYTES_PER_EVENT = 200;

  private final Owner owner;
  private final @Nullable Instant at;
  private final int weight;
  private final long size;
  private final @Nullable Long lastOrdinal;
  private volatile @Nullable Event event;
  private volatile byte @Nullable [] bytes;

  /// An event for the subscribers of its thread only.
  ///
  /// @param at time of the event; null if unknown
  public EncodedEvent(Event event, @Nullable Instant at) {
    this(Owner.NONE, event, at);
  }

  /// @param owner of the thread
  /// @param at time of the event; null if unknown
  EncodedEvent(Owner owner, Event event, @Nullable Instant at) {
    this.owner = owner;
    this.event = event;
    this.at = at;
    this.weight = event instanceof ItemsAppended items ? items.lines().size() : 1;
    this.size =
        switch (event) {
          case ItemsAppended items ->
              items.lines().stream().mapToLong(RawJson::length).sum()
                  + (long) BYTES_PER_EVENT * weight;
          case TurnCompleted turn -> BYTES_PER_EVENT + length(turn.error()) + length(turn.usage());
          default -> BYTES_PER_EVENT;
        };
    this.lastOrdinal =
        switch (event) {
          case ItemsAppended items when items.persisted() ->
              (Long) (items.firstOrdinal() + weight - 1);
          case Gap gap when !gap.pending() -> (Long) gap.lastOrdinal();
          case ThreadReverted reverted -> (Long) reverted.lastOrdinal();
          default -> null;
        };
  }

  Owner owner() {
    return owner;
  }

  /// The encoded event. Must not be modified.
  public byte[] bytes() {
    var made = bytes;
    if (made == null) {
      made = make();
    }
    return made;
  }

  /// The last ordinal that a client has after the event, as in its `id:`; null for an event without
  /// ordinals, or whose ordinals the subscriber gets again when it reconnects.
  public @Nullable Long lastOrdinal() {
    return lastOrdinal;
  }

  /// Number of items, at least 1.
  public int weight() {
    return weight;
  }

  /// Estimated bytes, known before the event is encoded.
  public long size() {
    return size;
  }

  private static long length(@Nullable RawJson json) {
    return json == null ? 0 : json.length();
  }

  /// Drops the event once it is encoded.
  private synchronized byte[] make() {
    var made = bytes;
    if (made == null) {
      made = SseEncoder.of(Objects.requireNonNull(event), at);
      bytes = made;
      event = null;
    }
    return made;
  }
}
