package dev.rollbook.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A worker lives until it is stopped, and a stop neither waits for a pause nor breaks a step off.
@Timeout(60)
class BackgroundWorkerTest {
  private final WorkerFailures workers = new WorkerFailures(Clock.systemUTC());
  private final AtomicInteger steps = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private Worker worker;

  @AfterEach
  void stop() {
    worker.stop();
  }

  @Test
  void noThrowableEndsTheWorkerAndASuccessIsReported() {
    start(signal -> {
      switch (steps.incrementAndGet()) {
        case 1 -> throw new IllegalStateException("not really");
        case 2 -> throw new OutOfMemoryError("not really");
        default -> {
          return Duration.ofMillis(1);
        }
      }
    });

    await().until(() -> workers.failures().containsKey("tested"));
    worker.wake();
    await().until(() -> steps.get() > 4);
    assertThat(workers.failures()).isEmpty();
  }

  @Test
  void aStopEndsAPauseImmediatelyAndClosesOnce() {
    start(signal -> {
      steps.incrementAndGet();
      return BackgroundWorker.UNTIL_WOKEN;
    });
    await().until(() -> steps.get() == 1);

    worker.stop();

    assertThat(closed).hasValue(1);
    assertThat(steps).hasValue(1);
    assertThat(worker.isRunning()).isFalse();
  }

  @Test
  void aWakeUpBetweenTwoPausesIsNotLost() {
    start(signal -> {
      if (steps.incrementAndGet() < 100) {
        worker.wake();
      }
      return BackgroundWorker.UNTIL_WOKEN;
    });

    await().until(() -> steps.get() == 100);
  }

  @Test
  void aRestartContinuesAfterTheLastStepOfTheEarlierStart() {
    var reached = new CountDownLatch(1);
    var letGo = new CountDownLatch(1);
    var interrupted = new AtomicBoolean();
    var overlapped = new AtomicBoolean();
    var inside = new AtomicInteger();
    start(
        signal -> {
          overlapped.compareAndSet(false, inside.incrementAndGet() > 1);
          if (steps.incrementAndGet() == 1) {
            reached.countDown();
            try {
              letGo.await();
            } catch (InterruptedException e) {
              interrupted.set(true);
            }
            assertThat(signal.isStopped()).isTrue();
            signal.pause(BackgroundWorker.UNTIL_WOKEN);
          }
          inside.decrementAndGet();
          return Duration.ofMillis(1);
        },
        Duration.ofMillis(1));

    await().until(() -> reached.getCount() == 0);
    worker.stop();
    worker.start();
    letGo.countDown();

    await().until(() -> steps.get() > 3);
    assertThat(interrupted).isFalse();
    assertThat(overlapped).isFalse();
    assertThat(closed).hasValue(1);
    assertThat(workers.failures()).isEmpty();
  }

  private void start(Function<WorkerSignal, Duration> step) {
    start(step, Duration.ofSeconds(30));
  }

  private void start(Function<WorkerSignal, Duration> step, Duration patience) {
    worker = new Worker(step, patience);
    worker.start();
  }

  /// One whose step is the test's.
  private final class Worker extends BackgroundWorker {
    private final Function<WorkerSignal, Duration> step;

    Worker(Function<WorkerSignal, Duration> step, Duration patience) {
      super("tested", ShutdownPhase.ROWS, Thread.ofVirtual(), workers, patience);
      this.step = step;
    }

    @Override
    protected Duration step(WorkerSignal signal) {
      return step.apply(signal);
    }

    @Override
    protected void close() {
      closed.incrementAndGet();
    }
  }
}
