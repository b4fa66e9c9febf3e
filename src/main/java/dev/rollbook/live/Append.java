package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a caller wants to be written.
///
/// @param turn the turn that it belongs to; null for none
/// @param expectedOrdinal that the first item is to get; null for any
public record Append(
    List<RolloutItem> items, @Nullable TurnId turn, @Nullable Long expectedOrdinal) {

  public static Append outsideTurns(List<RolloutItem> items) {
    return new Append(items, null, null);
  }

  /// About how much is to be written.
  int bytes() {
    long bytes = 0;
    for (var item : items) {
      bytes += item.payload().length() + (item.metadata() == null ? 0 : item.metadata().length());
    }
    return Math.clamp(bytes, 0, Integer.MAX_VALUE);
  }
}
