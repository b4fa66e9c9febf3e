package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The ordinals of the items that a thread took last and that brought an id of their own.
final class RecentIds {
  static final int CAPACITY = 4096;

  private final Map<String, Long> ordinals =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > CAPACITY;
        }
      };

  @Nullable Long ordinalOf(String id) {
    return ordinals.get(id);
  }

  void add(@Nullable String id, long ordinal) {
    if (id != null) {
      ordinals.put(id, ordinal);
    }
  }

  /// Takes note of items that hold ordinals from `first` on.
  void addAll(List<RolloutItem> items, long first) {
    long ordinal = first;
    for (var item : items) {
      add(item.id(), ordinal++);
    }
  }
}
