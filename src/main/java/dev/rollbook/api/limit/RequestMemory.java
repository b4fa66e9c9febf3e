package dev.rollbook.api.limit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.line.MemoryBudget;
import dev.rollbook.rollout.line.MemoryReservation;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
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
public class RequestMemory implements MemoryBudget {
  /// Bounded by the number of requests, and so not counted.
  public static final int FREE = 16 * 1024;

  private static final long LARGE = 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration PATIENCE_OF_STREAMS = Duration.ofSeconds(10);
  private static final String ATTRIBUTE = RequestMemory.class.getName();

  /// No client, and so without a share.
  private static final String SERVICE = "";

  private final long capacity;
  private final long clientCapacity;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Long> usedByClient = new HashMap<>();

  @GuardedBy("lock")
  private long used;

  private final Condition freed = lock.newCondition();

  RequestMemory(HttpCapacity http) {
    this.capacity = http.bodyMemory();
    this.clientCapacity = http.bodyMemoryPerClient();
  }

  /// What the request holds; given back when it is answered.
  public Holding of(HttpServletRequest request) {
    var known = (Holding) request.getAttribute(ATTRIBUTE);
    if (known == null) {
      known = new Holding(ClientAddress.of(request), new AtomicLong(), PATIENCE);
      request.setAttribute(ATTRIBUTE, known);
    }
    return known;
  }

  /// What is read for no request, or before its answer: waits longer, as it cannot be refused.
  @Override
  public MemoryReservation reserve() {
    return new Holding(SERVICE, new AtomicLong(), PATIENCE_OF_STREAMS);
  }

  /// The request is answered.
  void release(HttpServletRequest request) {
    var holding = (Holding) request.getAttribute(ATTRIBUTE);
    if (holding != null) {
      request.removeAttribute(ATTRIBUTE);
      give(holding.client, holding.ofRequest.getAndSet(0));
    }
  }

  long used() {
    lock.lock();
    try {
      return used;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    return waiting.get();
  }

  private void give(String client, long bytes) {
    if (bytes == 0) {
      return;
    }
    lock.lock();
    try {
      add(client, -bytes);
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean takeOrWait(Holding holding, long more) {
    lock.lock();
    waiting.incrementAndGet();
    try {
      long left = holding.patience.toNanos();
      while (!fits(holding, more)) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      add(holding.client, more);
      return true;
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting.decrementAndGet();
      lock.unlock();
    }
  }

  /// One request of a client may take more than the client's share, else it could never be served.
  @GuardedBy("lock")
  private boolean fits(Holding holding, long more) {
    long ofRequest = holding.ofRequest.get();
    long ofClient = usedByClient.getOrDefault(holding.client, 0L);
    return used + more <= bound(ofRequest + more)
        && (ofClient + more <= clientCapacity
            || ofClient == ofRequest
            || holding.client.equals(SERVICE));
  }

  @GuardedBy("lock")
  private void add(String client, long bytes) {
    used += bytes;
    usedByClient.merge(client, bytes, (before, more) -> before + more == 0 ? null : before + more);
  }

  private long bound(long together) {
    return together > LARGE ? capacity - capacity / 8 : capacity;
  }

  /// A piece of what one request holds. Used by its thread only.
  public final class Holding implements MemoryReservation {
    private final String client;
    private final AtomicLong ofRequest;
    private final Duration patience;
    private long held;

    private Holding(String client, AtomicLong ofRequest, Duration patience) {
      this.client = client;
      this.ofRequest = ofRequest;
      this.patience = patience;
    }

    /// The same for an answer that has begun, which cannot be refused any more.
    public Holding patient() {
      return new Holding(client, ofRequest, PATIENCE_OF_STREAMS);
    }

    @Override
    public Holding another() {
      return new Holding(client, ofRequest, patience);
    }

    @Override
    public boolean tryResize(long bytes) {
      long wanted = bytes <= FREE ? 0 : bytes;
      long more = wanted - held;
      if (more == 0) {
        return true;
      }
      if (more > 0 && !takeOrWait(this, more)) {
        return false;
      }
      if (more < 0) {
        give(client, -more);
      }
      held = wanted;
      ofRequest.addAndGet(more);
      return true;
    }

    /// Room for a body.
    ///
    /// @throws ItemTooLarge if there would be no room for it, were it alone
    public void requireForBody(long bytes) {
      long together = ofRequest.get() - held + bytes;
      if (together > bound(together)) {
        throw new ItemTooLarge(
            "what the body of the request takes of rollbook.http.body-memory", bound(together));
      }
      resize(bytes);
    }
  }
}
