package dev.rollbook.live;

import dev.rollbook.statedb.ThreadRow;
import java.util.Optional;

/// The rows of a live thread: as they were when it was opened, and as they are to be.
///
/// @param origin the row that the thread was made from
record LiveRows(
    ThreadRow origin, LiveState state, Recorder recorder, Residence<LiveSnapshot> residence) {
  /// The row that the state-db has or is to have again; empty for a deleted thread.
  Optional<ThreadRow> rowIfLoaded() {
    return residence
        .view()
        .filter(seen -> !recorder.isThreadDeleted())
        .map(seen -> origin.with(seen.progress()));
  }

  /// What the state-db is to know; empty for a thread that is not in memory any more, whose rows
  /// know all.
  Optional<LiveSnapshot> snapshot() {
    return residence.view();
  }

  /// So many gaps were found in the rollout.
  void openGaps(int count) {
    residence.note(() -> state.openGaps(count));
  }

  /// The state-db knows what was in the snapshot.
  void saved(LiveSnapshot snapshot, int outages) {
    residence.note(() -> state.saved(snapshot, outages));
  }
}
