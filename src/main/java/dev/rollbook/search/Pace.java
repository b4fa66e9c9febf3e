package dev.rollbook.search;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Lets the indexing have half of the time of one processor at most: it rests as long as it worked.
/// So it is the search that falls behind under load, and not the appends.
final class Pace {
  private static final long STRETCH = TimeUnit.MILLISECONDS.toNanos(20);

  private final CountDownLatch stop = new CountDownLatch(1);
  private long began = System.nanoTime();

  /// To be called often while there is work.
  void breathe() {
    long worked = System.nanoTime() - began;
    if (worked >= STRETCH) {
      rest(worked);
    }
  }

  /// Waits, unless it is to stop.
  void rest(long nanos) {
    try {
      if (stop.await(nanos, TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException nobodyDoes) {
      // An interrupt would close the files of the index in the middle of a write.
      stop.countDown();
    } finally {
      began = System.nanoTime();
    }
  }

  void stop() {
    stop.countDown();
  }

  boolean isStopped() {
    return stop.getCount() == 0;
  }
}
