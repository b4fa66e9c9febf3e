package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.RolloutLine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The ids that a live thread holds, read from its rollout when an item first brings one. Guarded
/// by the thread.
final class HeldIds {
  private final Recorder recorder;
  private final PendingItems pending;
  private @Nullable RecentIds ids;

  HeldIds(Recorder recorder, PendingItems pending) {
    this.recorder = recorder;
    this.pending = pending;
  }

  /// @param nextOrdinal of the thread
  RecentIds upTo(long nextOrdinal) {
    if (ids == null) {
      ids = recorder.recentIds(nextOrdinal);
      if (ids != null) {
        pending.addIdsTo(ids);
      }
    }
    return ids == null ? pendingOnly() : ids;
  }

  /// A rollout that cannot be read now, or was never made, has no ids; what is pending has them all
  /// the same.
  private RecentIds pendingOnly() {
    var known = new RecentIds();
    pending.addIdsTo(known);
    return known;
  }

  void add(RolloutLine line) {
    if (ids != null) {
      ids.add(line.id(), line.ordinal());
    }
  }

  /// Takes note of items that hold ordinals from `first` on.
  void add(List<RolloutItem> items, long first) {
    if (ids != null) {
      ids.addAll(items, first);
    }
  }
}
