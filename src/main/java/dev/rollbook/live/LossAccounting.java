package dev.rollbook.live;

import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutWriter.LossListener;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Records persisted items of a live thread that its storage has lost, as after a failover to a
/// standby that lagged behind. A loss is found when the file is opened for a write, and by a search
/// for it: before the thread is unloaded, and after an outage of the database. Rollouts in local
/// files are never searched. Caller must hold the thread lock.
final class LossAccounting implements LossListener {
  private static final Logger log = LoggerFactory.getLogger(LossAccounting.class);

  private final LiveState state;
  private final RolloutRecorder recorder;
  private final RetryQueue queue;
  private final LiveServices services;
  private boolean rolloutLost;

  LossAccounting(
      LiveState state, RolloutRecorder recorder, RetryQueue queue, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.queue = queue;
    this.services = services;
  }

  /// Compares the rollout with what was persisted, and records what is missing.
  ///
  /// @throws IOException if the storage does not answer
  void find() throws IOException {
    try {
      recorder.findLoss();
    } catch (RolloutGoneException e) {
      rolloutLost();
    } catch (DamagedFileException e) {
      log.warn(
          "rollout of thread {} is not compared with what was persisted: {}. Restore its file from a"
              + " backup",
          state.id(),
          e.getMessage());
    }
  }

  /// Records the ordinals that have no line and no gap, at the end of the rollout and, if it was
  /// repaired, within it. What is still queued is not missing.
  @Override
  public void lost() throws IOException {
    var missing = services.rollouts().missing(recorder.rollout(), queue.firstUnwritten());
    // With the lines, the database may have lost that a gap was closed.
    services.gaps().saveAgain();
    try {
      record(missing);
    } catch (DataAccessException | TransactionException e) {
      throw new IOException("the gaps of thread %s cannot be read".formatted(state.id()), e);
    }
    state.changed(services.clock().instant());
  }

  private void record(List<OrdinalRange> missing) {
    boolean isKnown = true;
    for (var range : missing) {
      var gaps = services.skips().lost(state.id(), range.first(), range.last() + 1);
      state.lost(gaps);
      isKnown &= gaps.isEmpty();
    }
    if (isKnown) {
      services.skips().lostRepair(state.id());
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
