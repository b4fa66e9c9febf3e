package dev.rollbook.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/// Runs loops concurrently for a given time.
final class ParallelLoops {
  private ParallelLoops() {}

  /// One step of one of the loops.
  interface Step {
    void run(int loop) throws Exception;
  }

  /// What a run came to.
  record Steps(double seconds, long count) {
    double perSecond() {
      return count / seconds;
    }
  }

  static Steps run(ExecutorService threads, int loops, Duration duration, Step step)
      throws InterruptedException, ExecutionException {
    var ready = new CountDownLatch(loops + 1);
    var counts = new ArrayList<Future<Long>>();
    for (int i = 0; i < loops; i++) {
      int loop = i;
      counts.add(
          threads.submit(() -> {
            ready.countDown();
            ready.await();
            return loop(loop, System.nanoTime() + duration.toNanos(), step);
          }));
    }
    long start = System.nanoTime();
    ready.countDown();
    long sum = 0;
    for (var count : counts) {
      sum += count.get();
    }
    return new Steps((System.nanoTime() - start) / 1e9, sum);
  }

  private static long loop(int loop, long end, Step step) throws Exception {
    long count = 0;
    while (System.nanoTime() < end) {
      step.run(loop);
      count++;
    }
    return count;
  }
}
