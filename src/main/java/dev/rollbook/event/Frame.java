package dev.rollbook.event;

import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.model.RawJson;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An event on its way to any number of subscribers: the first of them makes its text, and all send
/// the same bytes.
public final class Frame {
  /// What a text has around an item, or as a whole where there is none.
  private static final int AROUND = 200;

  private final @Nullable Instant at;
  private final int weight;
  private final long size;
  private final @Nullable Long lastOrdinal;
  private volatile @Nullable Event event;
  private volatile byte @Nullable [] bytes;

  /// @param at when it happened; null where that is not known
  public Frame(Event event, @Nullable Instant at) {
    this.event = event;
    this.at = at;
    switch (event) {
      case ItemsAppended items -> {
        weight = items.lines().size();
        size = items.lines().stream().mapToLong(line -> line.length() + (long) AROUND).sum();
        lastOrdinal = items.firstOrdinal() + weight - 1;
      }
      case Gap gap -> {
        weight = 1;
        size = AROUND;
        lastOrdinal = gap.lastOrdinal();
      }
      case TurnCompleted turn -> {
        weight = 1;
        size = AROUND + length(turn.error()) + length(turn.usage());
        lastOrdinal = null;
      }
      default -> {
        weight = 1;
        size = AROUND;
        lastOrdinal = null;
      }
    }
  }

  /// The event as it is sent; must not be changed.
  public byte[] bytes() {
    var made = bytes;
    if (made == null) {
      made = make();
    }
    return made;
  }

  /// The last ordinal that it tells of, if any.
  public @Nullable Long lastOrdinal() {
    return lastOrdinal;
  }

  /// Items that it holds, or one.
  public int weight() {
    return weight;
  }

  /// Bytes, as far as they can be told before the text is made.
  public long size() {
    return size;
  }

  private static long length(@Nullable RawJson json) {
    return json == null ? 0 : json.length();
  }

  /// The event is not needed once its text is there.
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
