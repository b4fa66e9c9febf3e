package dev.rollbook.api;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.LineRoom;
import dev.rollbook.rollout.MemoryBudget;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/// What all requests together may hold of the heap, until they are answered, and what is read in
/// the background of it.
///
/// What is small is not counted at all; what is large leaves an eighth to the others, so that an
/// append of a few items never waits behind huge bodies. Who finds no room waits shortly, as its
/// body waits in the socket meanwhile, and is refused then.
@Component
class RequestMemory implements MemoryBudget {
  /// Bounded by the number of requests, and so not counted.
  static final int FREE = 16 * 1024;

  private static final long LARGE = 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration PATIENCE_OF_STREAMS = Duration.ofSeconds(10);
  private static final String ATTRIBUTE = RequestMemory.class.getName();

  private final long capacity;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();

  RequestMemory(HttpProperties http) {
    this.capacity = http.bodyMemoryBytes();
  }

  /// What the request holds; given back when it is answered.
  Holding of(HttpServletRequest request) {
    var known = (Holding) request.getAttribute(ATTRIBUTE);
    if (known == null) {
      known = new Holding(new AtomicLong(), PATIENCE);
      request.setAttribute(ATTRIBUTE, known);
    }
    return known;
  }

  /// What is read for no request, or before its answer: waits longer, as it cannot be refused.
  @Override
  public LineRoom share() {
    return new Holding(new AtomicLong(), PATIENCE_OF_STREAMS);
  }

  /// The request is answered.
  void release(HttpServletRequest request) {
    var holding = (Holding) request.getAttribute(ATTRIBUTE);
    if (holding != null) {
      request.removeAttribute(ATTRIBUTE);
      give(holding.ofRequest.getAndSet(0));
    }
  }

  long used() {
    return used.get();
  }

  int waiting() {
    return waiting.get();
  }

  private boolean take(long more, long bound) {
    long before = used.getAndUpdate(now -> now + more <= bound ? now + more : now);
    return before + more <= bound;
  }

  private void give(long bytes) {
    used.addAndGet(-bytes);
    if (bytes > 0 && waiting.get() > 0) {
      lock.lock();
      try {
        freed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Announced before the last look, so that nothing is freed unseen.
  private boolean takeOrWait(long more, long bound, Duration patience) {
    if (take(more, bound)) {
      return true;
    }
    waiting.incrementAndGet();
    lock.lock();
    try {
      long left = patience.toNanos();
      while (!take(more, bound)) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
      waiting.decrementAndGet();
    }
  }

  /// A piece of what one request holds. Used by its thread only.
  final class Holding implements LineRoom {
    private final AtomicLong ofRequest;
    private final Duration patience;
    private long held;

    private Holding(AtomicLong ofRequest, Duration patience) {
      this.ofRequest = ofRequest;
      this.patience = patience;
    }

    /// The same for an answer that has begun, which cannot be refused any more.
    Holding patient() {
      return new Holding(ofRequest, PATIENCE_OF_STREAMS);
    }

    @Override
    public Holding part() {
      return new Holding(ofRequest, patience);
    }

    @Override
    public boolean hold(long bytes) {
      long wanted = bytes <= FREE ? 0 : bytes;
      long more = wanted - held;
      if (more == 0) {
        return true;
      }
      if (more > 0 && !takeOrWait(more, bound(ofRequest.get() + more), patience)) {
        return false;
      }
      if (more < 0) {
        give(-more);
      }
      held = wanted;
      ofRequest.addAndGet(more);
      return true;
    }

    /// Room for a body.
    ///
    /// @throws ItemTooLarge if there would be no room for it, were it alone
    void requireForBody(long bytes) {
      long together = ofRequest.get() - held + bytes;
      if (together > bound(together)) {
        throw new ItemTooLarge(
            "what the body of the request takes of rollbook.http.body-memory", bound(together));
      }
      require(bytes);
    }

    private long bound(long together) {
      return together > LARGE ? capacity - capacity / 8 : capacity;
    }
  }
}
