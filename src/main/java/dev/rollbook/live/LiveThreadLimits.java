package dev.rollbook.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.memory.Eviction;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Limits the memory of all live threads: the number of threads, and the size of their item ids.
///
/// The least recently used threads are evicted first. A caller that loads a thread waits up to 1 s
/// for an eviction, and then fails with `TooManyRequests`. Calls on threads that are already live
/// never wait for an eviction.
@Component
class LiveThreadLimits {
  private static final Logger log = LoggerFactory.getLogger(LiveThreadLimits.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(100);

  /// Failures after which a pass evicts nothing more, because the database may have stopped
  /// answering.
  private static final int MAX_FAILURES = 2;

  private final int maxThreads;
  private final Eviction<LiveThread> ids;
  private final ReentrantLock evicting = new ReentrantLock();
  private final Condition evicted = evicting.newCondition();

  @GuardedBy("evicting")
  private long retryAt = System.nanoTime();

  LiveThreadLimits(LiveThreadLimitProperties properties) {
    this.maxThreads = properties.threads();
    this.ids =
        new Eviction<>(
            properties.idMemoryBytes(),
            LiveThread::bytesOfIds,
            LiveThread::lastUsed,
            (thread, wanted) -> thread.evictIds());
  }

  /// Adds to the memory that ids use.
  void idsAdded(long bytes) {
    ids.added(bytes);
  }

  /// Evicts ids if they take too much memory. Caller must not hold a thread lock.
  void evictIds(Collection<LiveThread> live) {
    if (ids.isFull()) {
      ids.makeRoom(live);
    }
  }

  /// Makes room for one more thread. Caller must not hold a thread lock.
  ///
  /// @param unloaded is called for each evicted thread
  /// @throws TooManyRequests if no thread can be evicted
  void makeRoom(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    if (live.size() < maxThreads) {
      return;
    }
    evicting.lock();
    try {
      long until = System.nanoTime() + TIMEOUT.toNanos();
      while (live.size() >= maxThreads && !evict(live, unloaded)) {
        if (System.nanoTime() - until > 0) {
          throw full();
        }
        evicted.awaitNanos(RETRY_INTERVAL.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw full();
    } finally {
      evicting.unlock();
    }
  }

  /// Tried by one caller for all, and only now and then, because rows must be written first if no
  /// thread can be evicted.
  @GuardedBy("evicting")
  private boolean evict(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    if (System.nanoTime() - retryAt < 0) {
      return false;
    }
    if (unload(live, unloaded) > 0) {
      evicted.signalAll();
      return true;
    }
    retryAt = System.nanoTime() + RETRY_INTERVAL.toNanos();
    return false;
  }

  private long unload(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    var failures = new AtomicInteger();
    var eviction =
        new Eviction<LiveThread>(
            maxThreads,
            thread -> 1,
            thread -> thread.lastUsed(),
            (thread, wanted) -> {
              boolean isUnloaded = failures.get() < MAX_FAILURES && tryEvict(thread, failures);
              if (isUnloaded) {
                unloaded.accept(thread);
              }
              return isUnloaded ? 1 : 0;
            });
    long count = eviction.evict(live, live.size());
    log.debug("unloaded {} threads to make room", count);
    return count;
  }

  private static boolean tryEvict(LiveThread thread, AtomicInteger failures) {
    try {
      return thread.evict();
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be closed, it stays live", thread.id(), e);
      failures.incrementAndGet();
      return false;
    }
  }

  private static TooManyRequests full() {
    return new TooManyRequests(
        Limit.THREADS,
        "rollbook.live.max-threads threads are live, and none of them can be unloaded"
            + " now; appends to live threads continue");
  }
}
