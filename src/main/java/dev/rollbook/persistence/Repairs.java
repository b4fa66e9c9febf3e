package dev.rollbook.persistence;

import dev.rollbook.model.LogFields;
import dev.rollbook.statedb.GapRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// The one place that is told of every repair, as [Skips] is of every skip.
@Component
public class Repairs {
  private static final Logger log = LoggerFactory.getLogger("dev.rollbook.persistence");

  private final Gaps gaps;
  private final RepairMeters meters;

  Repairs(Gaps gaps, RepairMeters meters) {
    this.gaps = gaps;
    this.meters = meters;
  }

  /// @return whether nothing of the gap is left
  public boolean record(Repair repair) {
    meters.count(repair);
    boolean whole = gaps.fill(repair.thread(), repair.gap(), repair.next());
    if (whole) {
      tell(repair);
    }
    return whole;
  }

  /// @param gap that nothing is left of
  public void record(Repair repair, GapRow gap) {
    meters.count(repair);
    gaps.close(gap);
    tell(repair);
  }

  private static void tell(Repair repair) {
    try (var _ = LogFields.of(repair.thread())) {
      log.info("rollout persistence repaired: gap {} of thread {}", repair.gap(), repair.thread());
    }
  }
}
