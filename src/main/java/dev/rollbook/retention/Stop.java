package dev.rollbook.retention;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ends a pass between two threads, and its rests at once.
final class Stop {
  private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(10);

  private final CountDownLatch stopped = new CountDownLatch(1);

  void now() {
    stopped.countDown();
  }

  boolean isAsked() {
    return stopped.getCount() == 0;
  }

  /// Rests as long as the work took: requests come first.
  void restAfter(long workedNanos) {
    try {
      if (stopped.await(Math.min(workedNanos, LONGEST_REST), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException nobodyDoes) {
      // An interrupt would close a file in the middle of a write.
      stopped.countDown();
    }
  }
}
