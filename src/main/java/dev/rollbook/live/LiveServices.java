package dev.rollbook.live;

import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.Events;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.persistence.Repair;
import dev.rollbook.persistence.Repairs;
import dev.rollbook.persistence.RetryBuffer;
import dev.rollbook.persistence.Skips;
import dev.rollbook.reconcile.ParentHistories;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.TurnRows;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// What every live thread works with.
@Component
record LiveServices(
    Rollouts rollouts,
    Skips skips,
    Gaps gaps,
    Repairs repairs,
    RetryBuffer retryBuffer,
    TurnRows turns,
    ParentHistories parents,
    RowUpdates rows,
    IdMemory idMemory,
    AppendMeters meters,
    AppendGate gate,
    Events events,
    Clock clock) {

  /// Tells of a repair wherever it has to be known.
  ///
  /// @return whether nothing of the gap is left
  boolean repaired(Repair repair) {
    boolean whole = repairs.record(repair);
    publish(repair);
    return whole;
  }

  /// The same for a whole gap, whose items a client kept.
  void repaired(GapRow gap) {
    var thread = new ThreadId(gap.threadId());
    var repair =
        new Repair(thread, gap.id(), gap.firstOrdinal(), gap.nextOrdinal(), Repair.By.CLIENT);
    repairs.record(repair, gap);
    publish(repair);
  }

  private void publish(Repair repair) {
    events.publish(
        new PersistenceRepaired(repair.thread(), repair.gap(), repair.first(), repair.next() - 1),
        clock.instant());
  }
}
