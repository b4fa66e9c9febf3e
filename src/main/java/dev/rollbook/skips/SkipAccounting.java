package dev.rollbook.skips;

import dev.rollbook.model.LogFields;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.GapRow;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Entry point of this package. It records every skipped write and every repair in counters, log,
/// health and gaps.
@Component
public class SkipAccounting {
  private static final Logger log = LoggerFactory.getLogger("dev.rollbook.persistence");

  private final Gaps gaps;
  private final PersistenceHealth health;
  private final SkipLog skipLog;
  private final Clock clock;
  private final Map<SkipReason, Counter> appends = new EnumMap<>(SkipReason.class);
  private final Map<SkipReason, Counter> items = new EnumMap<>(SkipReason.class);
  private final Map<RepairedBy, Counter> repairedItems = new EnumMap<>(RepairedBy.class);
  private final AtomicLong lastSkip = new AtomicLong();
  private final Counter lostItems;

  SkipAccounting(
      Gaps gaps, PersistenceHealth health, SkipLog skipLog, Clock clock, MeterRegistry registry) {
    this.gaps = gaps;
    this.health = health;
    this.skipLog = skipLog;
    this.clock = clock;
    this.lostItems =
        Counter.builder("rollout.items.lost")
            .description("Persisted items that the database has lost")
            .baseUnit("items")
            .register(registry);
    register(registry);
  }

  /// Source of the items that repaired a gap.
  public enum RepairedBy {
    /// Rollbook, in memory, until the disk accepted them.
    SERVICE,
    /// A client, which sent them again.
    CLIENT
  }

  /// Records a skipped write. Called in the order of the ordinals of a thread.
  ///
  /// @param bytes of the items
  /// @param pending whether the items are kept in memory for a retry
  /// @param own the lines, if they are Rollbook's own; null for those of clients
  /// @return the gap with the items; null for a deleted thread, which has no gaps
  public @Nullable UUID record(
      SkippedWrite skip, long bytes, boolean pending, @Nullable EncodedLines own) {
    recordWithoutGap(skip);
    return skip.reason().leavesGap() ? gaps.add(skip, bytes, pending, own) : null;
  }

  /// Records a failed write that leaves no gap: its caller gets an error, or it is done later.
  public void recordWithoutGap(SkippedWrite skip) {
    var now = clock.instant();
    count(appends, skip.reason(), 1);
    count(items, skip.reason(), skip.items());
    lastSkip.set(now.getEpochSecond());
    health.skipped(skip, now);
    skipLog.log(skip, now);
  }

  /// Items that were persisted, and that the database has lost.
  ///
  /// @param ranges of their ordinals, in order; those that are in a gap already are ignored
  /// @return the gaps that they leave
  public List<GapRow> lost(ThreadId thread, List<OrdinalRange> ranges) {
    var lost = gaps.addLost(thread, ranges);
    for (var gap : lost) {
      lostItems.increment((double) gap.nextOrdinal() - gap.firstOrdinal());
      try (var _ = LogFields.of(thread)) {
        log.error(
            "the database lost items {} to {} of thread {}, which were persisted: gap {}. Look for a"
                + " failover to a standby that lagged behind; a client that has the items can"
                + " repair the gap",
            gap.firstOrdinal(),
            gap.nextOrdinal() - 1,
            thread,
            gap.id());
      }
    }
    return lost;
  }

  /// A rollout with persisted items that the database has lost altogether.
  public void lostRollout(ThreadId thread, long count) {
    lostItems.increment((double) count);
    try (var _ = LogFields.of(thread)) {
      log.error(
          "the database lost the rollout of thread {}, with {} items that were persisted. Look for a"
              + " failover to a standby that lagged behind; start a fresh thread",
          thread,
          count);
    }
  }

  /// Items within a rollout that a client had sent again, and that the database has lost.
  public void lostRepair(ThreadId thread) {
    try (var _ = LogFields.of(thread)) {
      log.error(
          "the database lost the repair of a gap of thread {}: items within its rollout are missing"
              + " again. Look for a failover to a standby that lagged behind",
          thread);
    }
  }

  /// A write succeeded: health may recover from a full or broken disk.
  public void persisted() {
    health.persisted();
  }

  /// Items at the front of a gap, from `first` to `next` (exclusive), were written from memory.
  ///
  /// @return whether nothing of the gap is left
  public boolean retried(ThreadId thread, UUID gap, long first, long next) {
    count(repairedItems, RepairedBy.SERVICE, next - first);
    boolean whole = gaps.fill(thread, gap, next);
    if (whole) {
      logRepair(thread, gap);
    }
    return whole;
  }

  /// A client has filled a gap.
  public void repaired(GapRow gap) {
    count(repairedItems, RepairedBy.CLIENT, gap.nextOrdinal() - gap.firstOrdinal());
    gaps.close(gap);
    logRepair(new ThreadId(gap.threadId()), gap.id());
  }

  private static void logRepair(ThreadId thread, UUID gap) {
    try (var _ = LogFields.of(thread)) {
      log.info("rollout persistence repaired: gap {} of thread {}", gap, thread);
    }
  }

  private static <K> void count(Map<K, Counter> counters, K key, long amount) {
    Objects.requireNonNull(counters.get(key)).increment((double) amount);
  }

  /// Registers the counters of all reasons at once, so that rates can be computed from the start.
  private void register(MeterRegistry registry) {
    for (var reason : SkipReason.values()) {
      appends.put(
          reason,
          Counter.builder("rollout.persistence.skipped")
              .description("Writes of history that were skipped")
              .baseUnit("appends")
              .tag("reason", reason.wireName())
              .register(registry));
      items.put(
          reason,
          Counter.builder("rollout.persistence.skipped.items")
              .description("Items of history that were skipped")
              .baseUnit("items")
              .tag("reason", reason.wireName())
              .register(registry));
    }
    for (var by : RepairedBy.values()) {
      repairedItems.put(
          by,
          Counter.builder("rollout.persistence.repaired.items")
              .description("Skipped items that were written later")
              .baseUnit("items")
              .tag("by", by.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    TimeGauge.builder("rollout.persistence.last.skip", lastSkip, TimeUnit.SECONDS, AtomicLong::get)
        .description(
            "When a write of history was last skipped, as seconds of the epoch; 0 for never")
        .register(registry);
  }
}
