package dev.rollbook.rollout;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Takes back what a failed write left at the end of a rollout; what others wrote before it stays.
final class CutBack {
  private final Rollouts rollouts;
  private final RolloutRef ref;

  CutBack(Rollouts rollouts, RolloutRef ref) {
    this.rollouts = rollouts;
    this.ref = ref;
  }

  /// @param key of the open file
  /// @param committed bytes of the file that are to stay in any case
  void cut(DiskFile open, @Nullable Object key, long committed, EncodedLines lines)
      throws IOException {
    long size = open.size();
    if (size <= committed) {
      return;
    }
    var state = rollouts.disk().stat(ref.path());
    if (state != null && state.key().equals(key)) {
      // What others wrote before it may be more than memory holds.
      long from = Math.max(committed, size - lines.length() - 1L);
      int ours = lines.startedAtEndOf(rollouts.region(ref, from, size), from == committed);
      if (ours > 0) {
        open.truncate(size - ours);
      }
    } else if (size <= committed + lines.length()) {
      open.truncate(committed);
    }
  }

  /// Whether the file is what a first write left that could neither be finished nor undone.
  boolean isTorn(EncodedLines firstLine) throws IOException {
    long size = rollouts.size(ref);
    return size < firstLine.length()
        && firstLine.startedAtEndOf(rollouts.region(ref, 0, size), true) == size;
  }
}
