package dev.rollbook.api.cluster;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Pauses between attempts that grow, for a limited time after the first attempt that failed.
public final class Pauses {
  private static final long FIRST_MILLIS = 20;
  private static final long LONGEST_MILLIS = 200;

  private final LongSupplier nanos;
  private boolean begun;
  private long begunAt;
  private long millis = FIRST_MILLIS;

  public Pauses() {
    this(System::nanoTime);
  }

  /// @param nanos like [System#nanoTime]
  Pauses(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Waits for a moment after an attempt that has failed.
  ///
  /// @param patience how long to go on after the first one
  /// @return false if this time is over, or the Java thread was interrupted
  public boolean next(Duration patience) {
    if (!begun) {
      begun = true;
      begunAt = nanos.getAsLong();
    }
    if (nanos.getAsLong() - begunAt > patience.toNanos()) {
      return false;
    }
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    millis = Math.min(LONGEST_MILLIS, 2 * millis);
    return true;
  }

  /// Begins anew, because an attempt has succeeded.
  public void reset() {
    begun = false;
    millis = FIRST_MILLIS;
  }
}
