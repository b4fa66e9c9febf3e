package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The ids that a live thread holds, read from its rollout when an item first brings one. Guarded
/// by the thread.
final class HeldIds {
  private final Recorder recorder;
  private final PendingItems pending;
  private final IdMemory memory;
  private volatile @Nullable RecentIds ids;

  HeldIds(Recorder recorder, PendingItems pending, IdMemory memory) {
    this.memory = memory;
    this.recorder = recorder;
    this.pending = pending;
  }

  /// @param nextOrdinal of the thread
  RecentIds upTo(long nextOrdinal) {
    var known = ids;
    if (known == null) {
      known = recorder.recentIds(nextOrdinal);
      if (known != null) {
        pending.addIdsTo(known);
        memory.added(known.bytes());
        ids = known;
      }
    }
    return known == null ? pendingOnly() : known;
  }

  /// The rollout is read again when an item brings an id.
  void forget() {
    ids = null;
  }

  /// May be asked without the thread's lock.
  long bytes() {
    var known = ids;
    return known == null ? 0 : known.bytes();
  }

  /// A rollout that cannot be read now, or was never made, has no ids; what is pending has them all
  /// the same.
  private RecentIds pendingOnly() {
    var known = new RecentIds();
    pending.addIdsTo(known);
    return known;
  }

  void add(RolloutLine line) {
    var known = ids;
    if (known != null) {
      long before = known.bytes();
      known.add(line.id(), line.ordinal());
      memory.added(known.bytes() - before);
    }
  }

  /// Takes note of items that hold ordinals from `first` on.
  void add(List<RolloutItem> items, long first) {
    var known = ids;
    if (known != null) {
      long before = known.bytes();
      known.addAll(items, first);
      memory.added(known.bytes() - before);
    }
  }
}
