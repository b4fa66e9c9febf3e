package dev.rollbook.live;

import dev.rollbook.worker.InFlightCounter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// Decides which appends are still written during a shutdown.
///
/// An append that arrived before the shutdown began is written. A later append also gets a
/// response, but its items are skipped, so that the shutdown does not wait for further disk writes.
@Component
public class ShutdownGate {
  private static final ScopedValue<Boolean> BEFORE_STOP = ScopedValue.newInstance();

  private final InFlightCounter running = new InFlightCounter();

  private volatile boolean open = true;
  private volatile boolean closed;

  /// Runs a request that has just arrived.
  public <T> T arrive(Callable<T> request) throws Exception {
    if (!open) {
      return request.call();
    }
    running.enter();
    try {
      return ScopedValue.where(BEFORE_STOP, true).call(request::call);
    } finally {
      running.exit();
    }
  }

  /// False from the beginning of the stop.
  boolean isOpen() {
    return open;
  }

  /// Whether the current request arrived before the stop began.
  boolean arrivedBeforeStop() {
    return BEFORE_STOP.orElse(false);
  }

  /// Runs an action on behalf of another request.
  <T> T onBehalf(boolean arrivedBeforeStop, Supplier<T> action) {
    return ScopedValue.where(BEFORE_STOP, arrivedBeforeStop).call(action::get);
  }

  /// Whether appends of the current request are still written.
  boolean admits() {
    return !closed && (open || BEFORE_STOP.orElse(false));
  }

  /// Opens the gate: all appends are written.
  void open() {
    open = true;
    closed = false;
  }

  /// Begins the stop: appends are skipped, except those of requests that have already arrived.
  void shut() {
    open = false;
  }

  /// Skips all appends, because the files are about to be closed.
  void close() {
    closed = true;
  }

  /// Waits for the running requests.
  ///
  /// @return false if some still run after the given time
  boolean awaitRunning(Duration timeout) throws InterruptedException {
    return running.awaitNone(timeout);
  }
}
