package dev.rollbook.worker;

import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Counts running requests, so that a shutdown can wait until there are none. Thread-safe.
public final class InFlightCounter {
  /// One party for the waiting shutdown, and one for each running request.
  private final Phaser running = new Phaser(1);

  /// A request begins.
  public void enter() {
    running.register();
  }

  /// A request that entered has ended.
  public void exit() {
    running.arriveAndDeregister();
  }

  /// Waits until all requests that have entered have ended.
  ///
  /// @return false if some still run after the timeout
  public boolean awaitNone(Duration timeout) throws InterruptedException {
    try {
      running.awaitAdvanceInterruptibly(
          running.arrive(), timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }
}
