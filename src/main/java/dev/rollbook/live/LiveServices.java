package dev.rollbook.live;

import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.EventBus;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.ParentHistoryFinder;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.skips.Gaps;
import dev.rollbook.skips.RetryMemoryLimit;
import dev.rollbook.skips.SkipAccounting;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.TurnRepository;
import java.time.Clock;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// The services that every live thread uses.
@Component
record LiveServices(
    Rollouts rollouts,
    SkipAccounting skips,
    Gaps gaps,
    RetryMemoryLimit retryBuffer,
    DisplacedItems displaced,
    TurnRepository turns,
    ParentHistoryFinder parents,
    RowFlusher rows,
    LiveThreadLimits limits,
    AppendMeters meters,
    ShutdownGate gate,
    EventBus events,
    Clock clock) {

  /// Records and publishes that items of a gap, from `first` to `next` (exclusive), were written.
  ///
  /// @return whether nothing of the gap is left
  boolean retried(Owner owner, ThreadId thread, UUID gap, long first, long next) {
    boolean whole = skips.retried(thread, gap, first, next);
    publishRepair(owner, thread, gap, first, next);
    return whole;
  }

  /// Records and publishes that a client has filled a gap.
  void repaired(Owner owner, GapRow gap) {
    skips.repaired(gap);
    publishRepair(
        owner, new ThreadId(gap.threadId()), gap.id(), gap.firstOrdinal(), gap.nextOrdinal());
  }

  private void publishRepair(Owner owner, ThreadId thread, UUID gap, long first, long next) {
    events.publish(owner, new PersistenceRepaired(thread, gap, first, next - 1), clock.instant());
  }
}
