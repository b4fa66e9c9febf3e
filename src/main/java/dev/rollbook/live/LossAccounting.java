package dev.rollbook.live;

import dev.rollbook.rollout.RolloutGoneException;
import java.io.IOException;

/// Records persisted items of a live thread that its storage has lost, as after a failover to a
/// standby that lagged behind. A write notices a loss, and so does a search for one: before the
/// thread is unloaded, and after an outage of the database. Rollouts in local files are never
/// searched. Caller must hold the thread lock.
final class LossAccounting {
  private final LiveState state;
  private final RolloutRecorder recorder;
  private final LiveServices services;
  private boolean rolloutLost;

  LossAccounting(LiveState state, RolloutRecorder recorder, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.services = services;
  }

  /// Compares the rollout with what was persisted, and records what is missing.
  ///
  /// @param first the first ordinal that is not written yet: all before it were persisted or
  ///   skipped
  /// @throws IOException if the storage does not answer
  void find(long first) throws IOException {
    try {
      recorder.findLoss();
    } catch (RolloutGoneException e) {
      rolloutLost();
    }
    record(first);
  }

  /// Called after a write.
  ///
  /// @param first the first ordinal that was to be written: all before it were persisted or skipped
  void record(long first) {
    var lost = recorder.takeLoss();
    if (lost.isEmpty()) {
      return;
    }
    if (lost.getAsLong() >= first) {
      // Shorter, but with its last line: an earlier version of the rollout.
      services.skips().lostRepair(state.id());
    } else {
      var gaps = services.skips().lost(state.id(), lost.getAsLong(), first);
      state.lost(gaps);
      state.changed(services.clock().instant());
    }
  }

  /// Without gaps, as they could not be repaired: there is no rollout to insert items into.
  private void rolloutLost() {
    if (!rolloutLost) {
      rolloutLost = true;
      services.skips().lostRollout(state.id(), state.itemCount());
    }
  }
}
