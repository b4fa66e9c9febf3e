package dev.rollbook.event;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.access.Access;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Ring buffer of the last events of one thread, or of all threads, shared by its subscribers.
///
/// A subscriber is only a position in the ring. So publishing costs the same for one subscriber and
/// for a thousand, and never waits for a subscriber. Only publishers take `lock`. A reader takes no
/// lock. It reads an entry, and then compares the entry's position with `first`. If the position is
/// before `first`, the entry may have been overwritten during the read.
final class EventRing {
  private static final long MAX_BYTES = 16L << 20;

  private final int maxItems;
  private volatile @Nullable AtomicReferenceArray<@Nullable EncodedEvent> ring;
  private final EventDispatcher dispatcher;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean dirty = new AtomicBoolean();
  private final AtomicInteger subscribers = new AtomicInteger();

  /// Released after the next event, and then replaced.
  private volatile CountDownLatch change = new CountDownLatch(1);

  private volatile long first;
  private volatile long next;
  private volatile boolean closed;

  @GuardedBy("lock")
  private long items;

  private final AtomicLong bytes = new AtomicLong();

  /// @param maxItems capacity; the newest event is kept even if it has more items
  EventRing(int maxItems, EventDispatcher dispatcher) {
    this.maxItems = maxItems;
    this.dispatcher = dispatcher;
  }

  void publish(EncodedEvent event) {
    lock.lock();
    try {
      makeRoom(event);
      long position = next;
      ring().set(slot(position), event);
      items += event.weight();
      bytes.addAndGet(event.size());
      next = position + 1;
    } finally {
      lock.unlock();
    }
    wakeReaders();
  }

  /// Closes the ring. Subscriptions end after they have delivered all published events.
  void close() {
    closed = true;
    wakeReaders();
  }

  boolean isClosed() {
    return closed;
  }

  /// Adds a subscriber, so that the ring is kept.
  EventRing joined() {
    subscribers.incrementAndGet();
    return this;
  }

  /// @param access whose events the subscription has; the others are passed over
  /// @param onClose run once when the subscription is closed
  Subscription subscription(Access access, Duration heartbeat, Runnable onClose) {
    return new Subscription(this, access, next, heartbeat, onClose);
  }

  void left() {
    subscribers.decrementAndGet();
  }

  boolean isWatched() {
    return subscribers.get() > 0;
  }

  /// Position of the next event.
  long next() {
    return next;
  }

  /// The event at a position before `next`; null if it was evicted.
  @Nullable EncodedEvent at(long position) {
    var made = ring;
    var event = made == null ? null : made.get(slot(position));
    return position < first ? null : event;
  }

  /// Approximate memory of the events. Needs no lock.
  long bytes() {
    return bytes.get();
  }

  /// Evicts the oldest events, but never the newest one.
  ///
  /// @return bytes evicted
  long shrinkTo(long maxBytes) {
    lock.lock();
    try {
      long before = bytes.get();
      while (first < next - 1 && bytes.get() > maxBytes) {
        evict(first);
      }
      return before - bytes.get();
    } finally {
      lock.unlock();
    }
  }

  /// Released by the next event. A subscriber must take it before it checks for events.
  CountDownLatch change() {
    return change;
  }

  /// Wakes the waiting subscribers; the others find new events by themselves. Only the dispatcher
  /// calls this, on one thread: two concurrent calls could lose a latch.
  void wake() {
    dirty.set(false);
    var before = change;
    change = new CountDownLatch(1);
    before.countDown();
  }

  /// Makes all subscribers look at the ring and at themselves.
  void wakeReaders() {
    if (dirty.compareAndSet(false, true)) {
      dispatcher.add(this);
    }
  }

  /// `first` moves before a slot is reused, so that a reader never takes a new event for an old
  /// one.
  @GuardedBy("lock")
  private void makeRoom(EncodedEvent event) {
    while (first < next
        && (items + event.weight() > maxItems || bytes.get() + event.size() > MAX_BYTES)) {
      evict(first);
    }
  }

  @GuardedBy("lock")
  private void evict(long oldest) {
    var event = ring().get(slot(oldest));
    first = oldest + 1;
    ring().set(slot(oldest), null);
    if (event != null) {
      items -= event.weight();
      bytes.addAndGet(-event.size());
    }
  }

  /// Created by the first event: most threads with subscribers are quiet.
  @GuardedBy("lock")
  private AtomicReferenceArray<@Nullable EncodedEvent> ring() {
    var made = ring;
    if (made == null) {
      made = new AtomicReferenceArray<>(maxItems);
      ring = made;
    }
    return made;
  }

  private int slot(long position) {
    return (int) (position % maxItems);
  }
}
