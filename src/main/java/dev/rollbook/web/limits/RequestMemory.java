package dev.rollbook.web.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/// Heap memory that all requests together may reserve for bodies and pages. A request releases its
/// memory when it is answered. Background reads also reserve memory here.
///
/// A reservation of up to 16 KB is not counted. A reservation of more than 1 MB must leave an
/// eighth of the memory free, so that small appends never wait for huge bodies. A reservation of a
/// request waits for up to 1 s, and then fails with 429. During the wait, the body stays in the
/// socket buffer. Background reads, and responses that have begun, wait for up to 10 s.
@Component
public class RequestMemory implements MemoryBudget, MeterBinder {
  /// Bytes of a request that are not counted, because the number of requests limits them.
  public static final int FREE = 16 * 1024;

  private static final long LARGE_BYTES = 1024 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration STREAM_TIMEOUT = Duration.ofSeconds(10);
  private static final String ATTRIBUTE = RequestMemory.class.getName();

  private final long capacity;
  private final long addressCapacity;
  private final long callerCapacity;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Client, Long> usedByClient = new HashMap<>();

  @GuardedBy("lock")
  private long used;

  private final Condition freed = lock.newCondition();

  RequestMemory(HttpCapacity http) {
    this.capacity = http.bodyMemory();
    this.addressCapacity = http.bodyMemoryPerAddress();
    this.callerCapacity = http.bodyMemoryPerCaller();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("http.body.memory", this, RequestMemory::used)
        .description("Heap memory reserved for the bodies and pages of requests")
        .baseUnit("bytes")
        .register(registry);
  }

  /// Reservation of the request, released when it is answered.
  public RequestReservation of(HttpServletRequest request) {
    var known = (RequestReservation) request.getAttribute(ATTRIBUTE);
    if (known == null) {
      known = new RequestReservation(Client.of(request), new AtomicLong(), TIMEOUT);
      request.setAttribute(ATTRIBUTE, known);
    }
    return known;
  }

  /// Reservation of a background read. It waits longer, because the read cannot be refused.
  @Override
  public MemoryReservation reserve() {
    return new RequestReservation(Client.SERVICE, new AtomicLong(), STREAM_TIMEOUT);
  }

  /// Releases the reservation of a request that was answered.
  public void release(HttpServletRequest request) {
    var reservation = (RequestReservation) request.getAttribute(ATTRIBUTE);
    if (reservation != null) {
      request.removeAttribute(ATTRIBUTE);
      release(reservation.client, reservation.ofRequest.getAndSet(0));
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

  private void release(Client client, long bytes) {
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

  private boolean tryReserve(RequestReservation reservation, long more) {
    lock.lock();
    waiting.incrementAndGet();
    try {
      long left = reservation.timeout.toNanos();
      while (!fits(reservation, more)) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      add(reservation.client, more);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting.decrementAndGet();
      lock.unlock();
    }
  }

  /// A single request may exceed the share of its client, otherwise it could never be served.
  @GuardedBy("lock")
  private boolean fits(RequestReservation reservation, long more) {
    long ofRequest = reservation.ofRequest.get();
    long ofClient = usedByClient.getOrDefault(reservation.client, 0L);
    return used + more <= bound(ofRequest + more)
        && (ofClient + more <= share(reservation.client) || ofClient == ofRequest);
  }

  private long share(Client client) {
    return switch (client.kind()) {
      case ADDRESS -> addressCapacity;
      case CALLER -> callerCapacity;
      case REPLICA -> Long.MAX_VALUE;
    };
  }

  @GuardedBy("lock")
  private void add(Client client, long bytes) {
    used += bytes;
    usedByClient.merge(client, bytes, (before, more) -> before + more == 0 ? null : before + more);
  }

  private long bound(long together) {
    return together > LARGE_BYTES ? capacity - capacity / 8 : capacity;
  }

  /// Part of what one request has reserved. Not thread-safe.
  public final class RequestReservation implements MemoryReservation {
    private final Client client;
    private final AtomicLong ofRequest;
    private final Duration timeout;
    private long held;

    private RequestReservation(Client client, AtomicLong ofRequest, Duration timeout) {
      this.client = client;
      this.ofRequest = ofRequest;
      this.timeout = timeout;
    }

    /// This reservation with a longer timeout, for a response that has begun and cannot be refused
    /// any more.
    public RequestReservation patient() {
      return new RequestReservation(client, ofRequest, STREAM_TIMEOUT);
    }

    @Override
    public RequestReservation another() {
      return new RequestReservation(client, ofRequest, timeout);
    }

    @Override
    public boolean tryResize(long bytes) {
      long wanted = bytes <= FREE ? 0 : bytes;
      long more = wanted - held;
      if (more == 0) {
        return true;
      }
      if (more > 0 && !tryReserve(this, more)) {
        return false;
      }
      if (more < 0) {
        release(client, -more);
      }
      held = wanted;
      ofRequest.addAndGet(more);
      return true;
    }

    /// Reserves memory for a body.
    ///
    /// @throws ItemTooLarge if it would not fit even if it were the only request
    public void requireForBody(long bytes) {
      long together = ofRequest.get() - held + bytes;
      if (together > bound(together)) {
        throw new ItemTooLarge(
            "the memory needed for the body of the request (rollbook.http.body-memory)",
            bound(together));
      }
      resize(bytes);
    }
  }
}
