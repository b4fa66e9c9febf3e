package dev.rollbook.skips;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/// Limits the memory, for all threads together, of skipped items that are kept until the disk
/// accepts them.
@Component
public class RetryMemoryLimit implements MeterBinder {
  private final long capacity;
  private final AtomicLong taken = new AtomicLong();

  RetryMemoryLimit(PersistenceProperties properties) {
    this.capacity = properties.retryBufferBytes();
  }

  /// @return false, with nothing taken, if that exceeds the capacity
  public boolean take(long bytes) {
    long before = taken.getAndUpdate(now -> now + bytes <= capacity ? now + bytes : now);
    return before + bytes <= capacity;
  }

  public void give(long bytes) {
    taken.addAndGet(-bytes);
  }

  long taken() {
    return taken.get();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.persistence.pending.bytes", this, RetryMemoryLimit::taken)
        .description("Skipped items that are kept in memory until the disk accepts them")
        .baseUnit("bytes")
        .register(registry);
  }
}
