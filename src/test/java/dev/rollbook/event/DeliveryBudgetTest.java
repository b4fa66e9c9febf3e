package dev.rollbook.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is spent is bounded by what is refilled, and whoever waits has a turn.
class DeliveryBudgetTest {
  private static final int PER_TICK = 10;
  private static final int BURST = 40;

  private final DeliveryBudget budget = new DeliveryBudget(PER_TICK);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void aBurstIsThereAtOnceAndNoMoreHoweverLongNobodyCame() throws Exception {
    for (int tick = 0; tick < 100; tick++) {
      budget.refill();
    }
    budget.take(BURST);

    var more = take(1);
    await().until(() -> budget.waiting() == 1);
    assertThat(more).isNotDone();
    budget.refill();
    more.get();
  }

  @Test
  void whoWantsMoreThanABurstGetsItInTime() {
    var large = take(3 * BURST);

    await()
        .until(() -> {
          budget.refill();
          return large.isDone();
        });
  }

  @Test
  void whoWantsLittleWaitsBehindWhoWantsMuch() throws Exception {
    budget.take(BURST);
    var large = take(2 * PER_TICK);
    await().until(() -> budget.waiting() == 1);
    var small = take(1);
    await().until(() -> budget.waiting() == 2);

    budget.refill();
    assertThat(small).isNotDone();
    budget.refill();
    large.get();
    budget.refill();
    small.get();
  }

  @Test
  void whenTheServiceStopsNobodyWaits() throws Exception {
    var waiting = take(100 * BURST);
    await().until(() -> budget.waiting() == 1);

    budget.lift();

    waiting.get();
    budget.take(100 * BURST);
  }

  private Future<Integer> take(int units) {
    return threads.submit(() -> {
      budget.take(units);
      return units;
    });
  }
}
