package dev.rollbook.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is spent is bounded by the time that passes, and whoever waits has a turn.
class SseRateLimiterTest {
  private static final long UNIT = Duration.ofMillis(1).toNanos();
  private static final int BURST = 40;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10 * UNIT);
  private final SseRateLimiter budget = new SseRateLimiter(1000, now::get);

  @Test
  void aFullBurstIsAvailableAtOnceAndNeverMore() {
    now.addAndGet(1000 * UNIT);

    assertThat(budget.reserve(BURST)).isZero();
    assertThat(budget.reserve(1)).isEqualTo(UNIT);

    now.addAndGet(1000 * UNIT);
    assertThat(budget.reserve(BURST)).isZero();
  }

  @Test
  void spentPermitsAreRefilledOverTime() {
    budget.reserve(BURST);

    now.addAndGet(3 * UNIT);

    assertThat(budget.reserve(3)).isZero();
    assertThat(budget.reserve(1)).isEqualTo(UNIT);
  }

  @Test
  void aRequestLargerThanTheBurstIsGrantedEventually() {
    assertThat(budget.reserve(3 * BURST)).isEqualTo(2 * BURST * UNIT);
  }

  @Test
  void aSmallRequestWaitsForAnEarlierLargeOne() {
    budget.reserve(BURST);

    assertThat(budget.reserve(20)).isEqualTo(20 * UNIT);
    assertThat(budget.reserve(1)).isEqualTo(21 * UNIT);
  }

  /// With the clock that stands still nothing is ever due but by the stop.
  @Test
  @Timeout(60)
  void whenTheServiceStopsNobodyWaits() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  budget.take(1_000_000_000);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              },
              threads);

      budget.lift();

      waiting.get();
      budget.take(1_000_000_000);
    }
  }
}
