package dev.rollbook.worker;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signal to one background worker: wakes it from a pause, or stops it. A stop ends the current
/// pause and all later ones at once.
public final class WorkerSignal {
  private static final Logger log = LoggerFactory.getLogger(WorkerSignal.class);

  private final Semaphore signals = new Semaphore(0);
  private volatile boolean stopped;

  /// Whether the worker is to end.
  public boolean isStopped() {
    return stopped;
  }

  /// Waits for this time, or until woken or stopped.
  public void pause(Duration time) {
    if (stopped || time.isZero()) {
      return;
    }
    try {
      if (signals.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS)) {
        signals.drainPermits();
      }
    } catch (InterruptedException e) {
      // The interrupt flag is not restored: it would close the file that the worker uses next.
      log.debug("the pause of a worker was interrupted", e);
    }
  }

  /// Ends the current pause, or the next one.
  public void wake() {
    if (signals.availablePermits() == 0) {
      signals.release();
    }
  }

  /// Ends the worker, between two steps or within a step that asks.
  public void stop() {
    stopped = true;
    signals.release();
  }
}
