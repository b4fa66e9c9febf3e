package dev.rollbook.persistence;

import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/// How many bytes of skipped items are kept in memory, over all threads, until the disk takes them.
@Component
public class RetryBuffer {
  private final long capacity;
  private final AtomicLong taken = new AtomicLong();

  RetryBuffer(PersistenceProperties properties) {
    this.capacity = properties.retryBufferBytes();
  }

  /// False where there is no room: nothing is taken then.
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
}
