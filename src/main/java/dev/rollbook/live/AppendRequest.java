package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Items to append.
///
/// @param turn that they belong to; null for none
/// @param expectedOrdinal of the first item; null for any
public record AppendRequest(
    List<RolloutItem> items, @Nullable TurnId turn, @Nullable Long expectedOrdinal) {

  public static AppendRequest outsideTurns(List<RolloutItem> items) {
    return new AppendRequest(items, null, null);
  }

  /// Approximate size of the lines.
  int bytes() {
    long bytes = 0;
    for (var item : items) {
      bytes += item.payload().length() + (item.metadata() == null ? 0 : item.metadata().length());
    }
    return Math.clamp(bytes, 0, Integer.MAX_VALUE);
  }
}
