package dev.rollbook.persistence;

import dev.rollbook.rollout.line.EncodedLines;
import java.time.Clock;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// The one place that is told of every skip. After [#record] it is known everywhere it has to be.
@Component
public class Skips {
  private final Gaps gaps;
  private final SkipMeters meters;
  private final SkipWindow window;
  private final SkipLog log;
  private final Clock clock;

  Skips(Gaps gaps, SkipMeters meters, SkipWindow window, SkipLog log, Clock clock) {
    this.gaps = gaps;
    this.meters = meters;
    this.window = window;
    this.log = log;
    this.clock = clock;
  }

  /// Called in the order of the ordinals of a thread.
  ///
  /// @param bytes of the items
  /// @param kept whether they are kept in memory, to be written when that works again
  /// @param own the lines, where they are of Rollbook's own; null for those of others
  /// @return the gap that the skip left, or null for a thread that has no history any more
  public @Nullable UUID record(Skip skip, long bytes, boolean kept, @Nullable EncodedLines own) {
    tell(skip);
    return skip.reason().leavesGap() ? gaps.add(skip, bytes, kept, own) : null;
  }

  /// A write did not happen, but nothing is lacking: its caller was refused, or it is done later.
  public void tell(Skip skip) {
    var now = clock.instant();
    meters.count(skip, now);
    window.add(skip, now);
    log.tell(skip, now);
  }

  /// A write succeeded; what a full or broken disk degraded may recover.
  public void persisted() {
    window.wrote();
  }
}
