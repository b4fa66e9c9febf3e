package dev.rollbook.event;

import java.util.concurrent.Semaphore;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// What all subscribers together may cost: a share of the machine, the rest is for the appends.
///
/// Before it writes, a subscriber takes units in the order of arrival. While it waits more events
/// gather, and go out in one larger write: under load there are fewer writes, not fewer events.
@Component
public class DeliveryBudget {
  private static final int UNITS_PER_SECOND_AND_CORE = 2500;
  private static final int TICK_MILLIS = 10;
  private static final int BURST_TICKS = 4;
  private static final long BYTES_PER_UNIT = 32 * 1024;

  private final int perTick;
  private final int burst;
  private final Semaphore units;
  private volatile boolean lifted;

  DeliveryBudget() {
    this(
        Runtime.getRuntime().availableProcessors()
            * UNITS_PER_SECOND_AND_CORE
            * TICK_MILLIS
            / 1000);
  }

  DeliveryBudget(int perTick) {
    this.perTick = perTick;
    this.burst = perTick * BURST_TICKS;
    this.units = new Semaphore(burst, true);
  }

  /// What a write of so many bytes takes beyond its first unit.
  public static long unitsFor(long bytes) {
    return bytes / BYTES_PER_UNIT;
  }

  /// Waits until it may be spent.
  public void take(long wanted) throws InterruptedException {
    for (long left = wanted; left > 0 && !lifted; left -= burst) {
      units.acquire((int) Math.min(left, burst));
    }
  }

  int waiting() {
    return units.getQueueLength();
  }

  @Scheduled(fixedRate = TICK_MILLIS)
  void refill() {
    int room = burst - units.availablePermits();
    if (room > 0 && !lifted) {
      units.release(Math.min(room, perTick));
    }
  }

  /// Nothing is scheduled any more from here on: who waits goes on without.
  @EventListener(ContextClosedEvent.class)
  void lift() {
    lifted = true;
    units.drainPermits();
    units.release(Integer.MAX_VALUE / 2);
  }
}
