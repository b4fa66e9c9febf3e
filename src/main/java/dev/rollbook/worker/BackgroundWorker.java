package dev.rollbook.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// A Java thread that repeats one step from the start of the service to its stop.
///
/// If a step throws, [WorkerFailures] reports the failure, and the step is repeated a second later.
/// A stop of the worker ends a pause at once. It does not interrupt a step, because an interrupt
/// would close the file that the step uses. If the worker is started again, its new thread waits
/// until the old thread has ended.
public abstract class BackgroundWorker implements SmartLifecycle {
  /// Pauses until [#wake] is called.
  protected static final Duration UNTIL_WOKEN = Duration.ofDays(10_000);

  private static final Logger log = LoggerFactory.getLogger(BackgroundWorker.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String name;
  private final ShutdownPhase phase;
  private final Thread.Builder threads;
  private final WorkerFailures workers;
  private final Duration patience;
  private final Object lifecycle = new Object();
  private volatile WorkerSignal signal = new WorkerSignal();
  private volatile boolean running;

  @GuardedBy("lifecycle")
  private @Nullable Thread thread;

  /// @param name of the worker and its thread
  /// @param threads builds virtual threads or, for workers that compute or wait for the disk,
  ///   platform threads
  protected BackgroundWorker(
      String name, ShutdownPhase phase, Thread.Builder threads, WorkerFailures workers) {
    this(name, phase, threads, workers, PATIENCE);
  }

  /// @param patience how long a stop waits for a step to end
  protected BackgroundWorker(
      String name,
      ShutdownPhase phase,
      Thread.Builder threads,
      WorkerFailures workers,
      Duration patience) {
    this.patience = patience;
    this.name = name;
    this.phase = phase;
    this.threads = threads.name(name);
    this.workers = workers;
  }

  /// Does the pending work. A long step checks [WorkerSignal#isStopped].
  ///
  /// @return the pause before the next step
  protected abstract Duration step(WorkerSignal signal);

  /// Runs in the worker's thread after the last step.
  protected void close() {}

  /// Ends the pause, because there is work.
  public final void wake() {
    signal.wake();
  }

  /// Whether the worker is to end.
  protected final boolean isStopping() {
    return signal.isStopped();
  }

  @Override
  public void start() {
    synchronized (lifecycle) {
      var before = thread;
      var own = new WorkerSignal();
      signal = own;
      thread = threads.start(() -> run(before, own));
      running = true;
    }
  }

  @Override
  public void stop() {
    synchronized (lifecycle) {
      signal.stop();
      running = false;
      try {
        if (thread != null && !thread.join(patience)) {
          log.info("background worker {} is in the middle of a step while the service stops", name);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return phase.phase();
  }

  private void run(@Nullable Thread before, WorkerSignal own) {
    awaitEnd(before);
    boolean failed = false;
    while (!own.isStopped()) {
      try {
        var rest = step(own);
        if (failed) {
          workers.succeeded(name);
        }
        failed = false;
        own.pause(rest);
      } catch (RuntimeException | Error e) {
        workers.failed(name, e);
        failed = true;
        own.pause(AFTER_FAILURE);
      }
    }
    workers.run(name, this::close);
  }

  private void awaitEnd(@Nullable Thread before) {
    while (before != null && before.isAlive()) {
      try {
        before.join();
      } catch (InterruptedException e) {
        log.debug("background worker {} was interrupted", name, e);
      }
    }
  }
}
