package dev.rollbook.live;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/// Keeps the memory for the ids of items bounded over all threads: those of threads not used for
/// longest are forgotten first, and read again from the rollout when they are needed.
///
/// What goes away with a thread is not told, so that the sum is only a reason to add up.
@Component
class IdMemory {
  private final long capacity;
  private final AtomicLong sum = new AtomicLong();
  private final ReentrantLock forgetting = new ReentrantLock();

  IdMemory(LiveProperties properties) {
    this.capacity = properties.idMemoryBytes();
  }

  void added(long bytes) {
    if (bytes != 0) {
      sum.addAndGet(bytes);
    }
  }

  boolean isFull() {
    return sum.get() > capacity;
  }

  /// An eighth is forgotten at a time, so that the search for the oldest is paid once for many.
  void makeRoom(Collection<LiveThread> threads) {
    if (!forgetting.tryLock()) {
      return;
    }
    try {
      long now = threads.stream().mapToLong(thread -> thread.footprint().bytesOfIds()).sum();
      if (now > capacity - capacity / 8) {
        now -= forget(threads, now - capacity + capacity / 8);
      }
      sum.set(now);
    } finally {
      forgetting.unlock();
    }
  }

  private static long forget(Collection<LiveThread> threads, long bytes) {
    long forgotten = 0;
    for (var thread : Footprint.oldestFirst(threads)) {
      var footprint = thread.footprint();
      long before = footprint.bytesOfIds();
      if (before > 0 && forgotten < bytes) {
        footprint.forgetIds();
        forgotten += before - footprint.bytesOfIds();
      }
    }
    return forgotten;
  }
}
