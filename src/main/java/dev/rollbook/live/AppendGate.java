package dev.rollbook.live;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// Tells requests that were running when the stop began, which end as usual, from those that came
/// after.
///
/// What comes after is answered too, but its items are skipped: nobody may wait for the disk then.
@Component
public class AppendGate {
  private static final ScopedValue<Boolean> BEFORE_STOP = ScopedValue.newInstance();

  /// One party for the gate itself and one for each running request.
  private final Phaser running = new Phaser(1);

  private volatile boolean open = true;
  private volatile boolean over;

  /// Runs a request that has just arrived.
  public <T> T arrive(Callable<T> request) throws Exception {
    if (!open) {
      return request.call();
    }
    running.register();
    try {
      return ScopedValue.where(BEFORE_STOP, true).call(request::call);
    } finally {
      running.arriveAndDeregister();
    }
  }

  /// Whether the service is not about to stop.
  boolean isOpen() {
    return open;
  }

  /// Whether the current request arrived before the stop began.
  boolean arrivedBeforeStop() {
    return BEFORE_STOP.orElse(false);
  }

  /// Runs an action for another request.
  <T> T onBehalf(boolean arrivedBeforeStop, Supplier<T> action) {
    return ScopedValue.where(BEFORE_STOP, arrivedBeforeStop).call(action::get);
  }

  /// Whether what the current request appends is still to be written.
  boolean admits() {
    return !over && (open || BEFORE_STOP.orElse(false));
  }

  /// From now on all appends are written.
  void open() {
    open = true;
    over = false;
  }

  /// From now on appends are skipped, but for those of requests that have arrived.
  void shut() {
    open = false;
  }

  /// From now on all appends are skipped: the files are about to be closed.
  void close() {
    over = true;
  }

  /// Waits for the requests that are running.
  ///
  /// @return false if some still run after the given time
  boolean awaitRunning(Duration atMost) throws InterruptedException {
    try {
      running.awaitAdvanceInterruptibly(running.arrive(), atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    }
  }
}
