package dev.rollbook.live;

import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutTail;
import dev.rollbook.rollout.RolloutWriter.LossListener;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private boolean repairing;

  /// Found, but not recorded, because the state-db did not answer; null for none.
  private @Nullable Loss found;

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

  /// A repair of a gap is about to begin.
  void repairing() {
    repairing = true;
  }

  /// Records the ordinals that have no line and no gap, at the end of the rollout and, if it was
  /// repaired, within it. What is still queued is not missing.
  @Override
  public void lost(RolloutTail tail) throws IOException {
    try {
      if (found == null || found.bytes() != tail.size()) {
        found = new Loss(tail.size(), missing(tail));
      }
      var gaps = services.skips().lost(state.id(), found.ranges());
      if (gaps.isEmpty()) {
        services.skips().lostRepair(state.id());
      }
      state.lost(gaps);
      state.changed(services.clock().instant());
      found = null;
    } catch (RuntimeException e) {
      throw new IOException(
          "the loss of items of thread %s cannot be recorded now".formatted(state.id()), e);
    }
  }

  /// Reads the whole rollout only if its last line does not tell what is missing: only a repair
  /// changes the lines before it.
  private List<OrdinalRange> missing(RolloutTail tail) throws IOException {
    long next = queue.firstUnwritten();
    var atEnd = new OrdinalRange(tail.lastOrdinal() + 1, next - 1);
    return recorder.isOrdered() && !repairing && !atEnd.isEmpty()
        ? List.of(atEnd)
        : services.rollouts().missing(recorder.rollout(), next);
  }

  /// A loss that is not recorded yet.
  ///
  /// @param bytes size of the rollout
  private record Loss(long bytes, List<OrdinalRange> ranges) {}

  /// Without gaps, as they could not be repaired: there is no rollout to insert items into.
  private void rolloutLost() {
    if (!rolloutLost) {
      rolloutLost = true;
      services.skips().lostRollout(state.id(), state.itemCount());
    }
  }
}
