package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The ordinals of the items that a thread took last and that brought an id of their own.
final class RecentIds {
  static final int CAPACITY = 4096;

  /// What an id takes beside its characters: an entry, a number, the text around them.
  private static final int AROUND = 110;

  private final AtomicLong bytes = new AtomicLong();

  private final Map<String, Long> ordinals =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          boolean over = size() > CAPACITY;
          bytes.addAndGet(over ? -bytes(eldest.getKey()) : 0);
          return over;
        }
      };

  @Nullable Long ordinalOf(String id) {
    return ordinals.get(id);
  }

  void add(@Nullable String id, long ordinal) {
    if (id != null) {
      // Before it is put, as that may push out another one.
      bytes.addAndGet(ordinals.containsKey(id) ? 0 : bytes(id));
      ordinals.put(id, ordinal);
    }
  }

  /// What they take of the memory, about.
  long bytes() {
    return bytes.get();
  }

  private static long bytes(String id) {
    return AROUND + (long) id.length();
  }

  /// Takes note of items that hold ordinals from `first` on.
  void addAll(List<RolloutItem> items, long first) {
    long ordinal = first;
    for (var item : items) {
      add(item.id(), ordinal++);
    }
  }
}
