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

/// Rate limit for the event streams of all subscribers together, so that appends get the rest of
/// the CPU.
///
/// The limiter is a token bucket without a timer: the current time determines which tokens are due.
/// A subscriber reserves tokens and waits until they are due, so subscribers are served in the
/// order of arrival. Events that are published during the wait are sent in one larger write. So
/// there are fewer writes under load, and every event is still sent.
@Component
public class SseRateLimiter {
  private static final Logger log = LoggerFactory.getLogger(SseRateLimiter.class);
  private static final long TOKENS_PER_SECOND_AND_CORE = 2500;
  private static final long BURST_NANOS = Duration.ofMillis(40).toNanos();
  private static final long BYTES_PER_TOKEN = 32 * 1024;

  private final long nanosPerToken;
  private final LongSupplier clock;
  private final CountDownLatch lifted = new CountDownLatch(1);

  /// [System#nanoTime] when all reserved tokens are due.
  @GuardedBy("this")
  private long due;

  @Autowired
  SseRateLimiter() {
    this(Runtime.getRuntime().availableProcessors() * TOKENS_PER_SECOND_AND_CORE, System::nanoTime);
  }

  SseRateLimiter(long tokensPerSecond, LongSupplier clock) {
    this.nanosPerToken = TimeUnit.SECONDS.toNanos(1) / tokensPerSecond;
    this.clock = clock;
    this.due = clock.getAsLong() - BURST_NANOS;
  }

  /// Tokens of a write of so many bytes, beyond its first one.
  public static long tokensFor(long bytes) {
    return bytes / BYTES_PER_TOKEN;
  }

  /// Reserves tokens and waits until they are due.
  public void take(long wanted) throws InterruptedException {
    long wait = reserve(wanted);
    if (wait > 0 && lifted.await(wait, TimeUnit.NANOSECONDS)) {
      log.trace("the service stops, so the stream does not wait");
    }
  }

  /// Reserves tokens after all earlier reservations.
  ///
  /// @return nanoseconds until they are due; not positive if they are due now
  synchronized long reserve(long tokens) {
    long now = clock.getAsLong();
    due = now - BURST_NANOS - due > 0 ? now - BURST_NANOS : due;
    due += tokens * nanosPerToken;
    return due - now;
  }

  /// Lifts the limit when the service stops, so that subscribers reach their end without waiting.
  @EventListener(ContextClosedEvent.class)
  void lift() {
    lifted.countDown();
  }
}
