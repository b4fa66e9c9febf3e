package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.line.EncodedLines;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a group of appends is going to write, one behind the other.
final class Drafts {
  private final List<EncodedLines> lines = new ArrayList<>();
  private final Map<String, Long> ids = new HashMap<>();
  private long next;

  /// @param next ordinal of the thread
  Drafts(long next) {
    this.next = next;
  }

  /// The ordinal behind them.
  long next() {
    return next;
  }

  void add(Draft draft) {
    lines.add(draft.lines());
    long ordinal = draft.first();
    for (RolloutItem item : draft.placement().fresh()) {
      if (item.id() != null) {
        ids.put(item.id(), ordinal);
      }
      ordinal++;
    }
    next = draft.next();
  }

  /// Ids that the thread will hold with them.
  ///
  /// @param held that it holds now
  Placement.Known with(RecentIds held) {
    return id -> {
      var here = ids.get(id);
      return here == null ? held.ordinalOf(id) : here;
    };
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  EncodedLines lines() {
    return EncodedLines.join(lines);
  }
}
