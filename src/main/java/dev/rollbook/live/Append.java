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
}
