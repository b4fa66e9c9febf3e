package dev.rollbook.api.cluster;

import java.time.Duration;

/// Pauses between attempts that grow, within a total time.
public final class Pauses {
  private static final long FIRST_MILLIS = 20;
  private static final long LONGEST_MILLIS = 200;

  private final long patience;
  private long begun = System.nanoTime();
  private long millis = FIRST_MILLIS;

  public Pauses(Duration patience) {
    this.patience = patience.toNanos();
  }

  /// Waits for a moment.
  ///
  /// @return false if the time is over, or the Java thread was interrupted
  public boolean next() {
    if (System.nanoTime() - begun > patience) {
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
    begun = System.nanoTime();
    millis = FIRST_MILLIS;
  }
}
