package dev.rollbook.live;

import dev.rollbook.model.Ordinals;
import dev.rollbook.model.RolloutItem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Result of assigning ordinals to an append: the items that are new to the thread, and the
/// ordinals of all items.
///
/// @param next the next free ordinal after the append
record OrdinalAssignment(List<RolloutItem> fresh, Ordinals ordinals, long next) {

  /// Ids of the items that the thread has.
  interface IdLookup {
    /// Null for an unknown id.
    @Nullable Long ordinalOf(String id);
  }

  /// @param known called once, and only if an item has an id
  static OrdinalAssignment of(List<RolloutItem> items, long nextOrdinal, Supplier<IdLookup> known) {
    var fresh = new ArrayList<RolloutItem>(items.size());
    Map<String, Long> here = new HashMap<>();
    IdLookup before = null;
    long first = -1;
    long last = -1;
    long highest = -1;
    for (var item : items) {
      var present = item.id() == null ? null : here.get(item.id());
      if (present == null && item.id() != null) {
        before = before == null ? known.get() : before;
        present = before.ordinalOf(item.id());
      }
      last = present == null ? nextOrdinal + fresh.size() : present;
      first = first < 0 ? last : first;
      highest = Math.max(highest, last);
      if (present == null) {
        fresh.add(item);
        if (item.id() != null) {
          here.put(item.id(), last);
        }
      }
    }
    int duplicates = items.size() - fresh.size();
    return new OrdinalAssignment(
        fresh, new Ordinals(first, last, fresh.size(), duplicates), highest + 1);
  }
}
