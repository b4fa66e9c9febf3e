package dev.rollbook.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.memory.Eviction;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Keeps the number of live threads bounded: those not used for longest are unloaded first.
///
/// Only who brings one more waits for it, and no longer than rows need to be written; threads that
/// are live go on meanwhile.
@Component
class LiveLimit {
  private static final Logger log = LoggerFactory.getLogger(LiveLimit.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final int most;
  private final ReentrantLock making = new ReentrantLock();
  private final Condition made = making.newCondition();

  @GuardedBy("making")
  private long lookAgainAt = System.nanoTime();

  LiveLimit(LiveProperties properties) {
    this.most = properties.threads();
  }

  /// Called before a thread is opened, by nobody who holds another one.
  ///
  /// @param live the threads that there are
  /// @param unloaded is given each that goes
  /// @throws TooManyRequests if there is no room and none can be made
  void makeRoom(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    if (live.size() < most) {
      return;
    }
    making.lock();
    try {
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (live.size() >= most && !found(live, unloaded)) {
        if (System.nanoTime() - until > 0) {
          throw full();
        }
        made.awaitNanos(LOOK_AGAIN.toNanos());
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      throw full();
    } finally {
      making.unlock();
    }
  }

  /// One looks for all, every now and then: where nothing can go, rows have to be written first.
  @GuardedBy("making")
  private boolean found(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    if (System.nanoTime() - lookAgainAt < 0) {
      return false;
    }
    if (unload(live, unloaded) > 0) {
      made.signalAll();
      return true;
    }
    lookAgainAt = System.nanoTime() + LOOK_AGAIN.toNanos();
    return false;
  }

  private long unload(Collection<LiveThread> live, Consumer<LiveThread> unloaded) {
    var eviction =
        new Eviction<LiveThread>(
            most,
            thread -> 1,
            thread -> thread.footprint().lastUsed(),
            (thread, wanted) -> {
              boolean isUnloaded = unloadIfUnused(thread);
              if (isUnloaded) {
                unloaded.accept(thread);
              }
              return isUnloaded ? 1 : 0;
            });
    long count = eviction.evict(live, live.size());
    log.debug("unloaded {} threads to make room", count);
    return count;
  }

  private static boolean unloadIfUnused(LiveThread thread) {
    try {
      return thread.footprint().unloadIfUnused();
    } catch (IOException failed) {
      log.debug("rollout of thread {} cannot be closed, it stays live", thread.id(), failed);
      return false;
    }
  }

  private static TooManyRequests full() {
    return new TooManyRequests(
        Limit.THREADS,
        "more threads are live than rollbook.live.max-threads, and none of them can be unloaded"
            + " now; appends to those that are live go on");
  }
}
