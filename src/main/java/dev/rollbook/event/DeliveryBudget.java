package dev.rollbook.event;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/// Rate limit on what all subscribers together cost; the rest of the machine is for the appends.
///
/// A token bucket that is computed from the clock: a subscriber reserves its units and waits until
/// they are due, so that all are served in the order of their arrival and no timer is needed. While
/// it waits more events gather, and go out in one larger write: under load there are fewer writes,
/// not fewer events.
@Component
public class DeliveryBudget {
  private static final Logger log = LoggerFactory.getLogger(DeliveryBudget.class);
  private static final long UNITS_PER_SECOND_AND_CORE = 2500;
  private static final long BURST = Duration.ofMillis(40).toNanos();
  private static final long BYTES_PER_UNIT = 32 * 1024;

  private final long nanosPerUnit;
  private final LongSupplier clock;
  private final CountDownLatch lifted = new CountDownLatch(1);

  /// When all that was reserved is due.
  @GuardedBy("this")
  private long due;

  @Autowired
  DeliveryBudget() {
    this(Runtime.getRuntime().availableProcessors() * UNITS_PER_SECOND_AND_CORE, System::nanoTime);
  }

  DeliveryBudget(long unitsPerSecond, LongSupplier clock) {
    this.nanosPerUnit = TimeUnit.SECONDS.toNanos(1) / unitsPerSecond;
    this.clock = clock;
    this.due = clock.getAsLong() - BURST;
  }

  /// What a write of so many bytes takes beyond its first unit.
  public static long unitsFor(long bytes) {
    return bytes / BYTES_PER_UNIT;
  }

  /// Waits until it may be spent.
  public void take(long wanted) throws InterruptedException {
    long wait = reserve(wanted);
    if (wait > 0 && lifted.await(wait, TimeUnit.NANOSECONDS)) {
      log.trace("not waited for, as the service stops");
    }
  }

  /// Takes a place behind all earlier ones.
  ///
  /// @return the nanoseconds until it is due; not positive if it is due now
  synchronized long reserve(long units) {
    long now = clock.getAsLong();
    due = now - BURST - due > 0 ? now - BURST : due;
    due += units * nanosPerUnit;
    return due - now;
  }

  /// At a stop subscribers go on without waiting, to their end.
  @EventListener(ContextClosedEvent.class)
  void lift() {
    lifted.countDown();
  }
}
