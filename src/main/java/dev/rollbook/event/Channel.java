package dev.rollbook.event;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The last events of one thread, or of all, shared by those who subscribed to them.
///
/// A subscriber is a place in the ring and nothing more: publishing costs the same for one and for
/// a thousand, and waits for none of them. Only publishers share `lock`; readers look at the ring
/// without it, and see by `first` whether what they read was still there.
final class Channel {
  private static final long MOST_BYTES = 16L << 20;

  private final int mostItems;
  private volatile @Nullable AtomicReferenceArray<@Nullable Frame> ring;
  private final Dispatcher dispatcher;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean dirty = new AtomicBoolean();
  private final AtomicInteger subscribers = new AtomicInteger();
  private final Object idleLock = new Object();

  @GuardedBy("idleLock")
  private Set<Subscription> idle = new HashSet<>();

  private volatile long first;
  private volatile long next;
  private volatile boolean closed;

  @GuardedBy("lock")
  private long items;

  private final AtomicLong bytes = new AtomicLong();

  /// @param mostItems that are kept for those who are behind; the newest entry always is
  Channel(int mostItems, Dispatcher dispatcher) {
    this.mostItems = mostItems;
    this.dispatcher = dispatcher;
  }

  void publish(Frame frame) {
    lock.lock();
    try {
      makeRoom(frame);
      long place = next;
      ring().set(slot(place), frame);
      items += frame.weight();
      bytes.addAndGet(frame.size());
      next = place + 1;
    } finally {
      lock.unlock();
    }
    changed();
  }

  /// What was published is still delivered; then the subscriptions end.
  void close() {
    closed = true;
    changed();
  }

  boolean isClosed() {
    return closed;
  }

  /// One subscriber more, for whom it is to be kept.
  Channel joined() {
    subscribers.incrementAndGet();
    return this;
  }

  /// @param onClose run once when the subscription is closed
  Subscription subscription(Duration heartbeat, Runnable onClose) {
    return new Subscription(this, next, heartbeat, onClose);
  }

  void unsubscribe(Subscription subscription) {
    synchronized (idleLock) {
      idle.remove(subscription);
    }
    subscribers.decrementAndGet();
  }

  boolean isWatched() {
    return subscribers.get() > 0;
  }

  /// The place that the next event gets.
  long next() {
    return next;
  }

  /// The event at a place before `next`; null if it is not kept any more.
  @Nullable Frame at(long place) {
    var made = ring;
    var frame = made == null ? null : made.get(slot(place));
    return place < first ? null : frame;
  }

  /// What the ring holds, about. May be asked without the lock.
  long bytes() {
    return bytes.get();
  }

  /// Loses its oldest events, but for the newest one.
  ///
  /// @return how many bytes went
  long shrinkTo(long most) {
    lock.lock();
    try {
      long before = bytes.get();
      while (first < next - 1 && bytes.get() > most) {
        evict(first);
      }
      return before - bytes.get();
    } finally {
      lock.unlock();
    }
  }

  /// The subscriber is to be woken by the next event. It looks once more after it has said so.
  void idle(Subscription subscription) {
    synchronized (idleLock) {
      idle.add(subscription);
    }
  }

  /// Wakes those who had nothing to do; all others find what is new by themselves.
  void wake() {
    dirty.set(false);
    Set<Subscription> waiting;
    synchronized (idleLock) {
      waiting = idle;
      idle = new HashSet<>();
    }
    waiting.forEach(Subscription::signal);
  }

  private void changed() {
    if (dirty.compareAndSet(false, true)) {
      dispatcher.add(this);
    }
  }

  /// `first` moves before a place is used again: so a reader never takes a new event for an old
  /// one.
  @GuardedBy("lock")
  private void makeRoom(Frame frame) {
    while (first < next
        && (items + frame.weight() > mostItems || bytes.get() + frame.size() > MOST_BYTES)) {
      evict(first);
    }
  }

  @GuardedBy("lock")
  private void evict(long oldest) {
    var frame = ring().get(slot(oldest));
    first = oldest + 1;
    ring().set(slot(oldest), null);
    if (frame != null) {
      items -= frame.weight();
      bytes.addAndGet(-frame.size());
    }
  }

  /// Made by the first event: most threads that are followed are quiet.
  @GuardedBy("lock")
  private AtomicReferenceArray<@Nullable Frame> ring() {
    var made = ring;
    if (made == null) {
      made = new AtomicReferenceArray<>(mostItems);
      ring = made;
    }
    return made;
  }

  private int slot(long place) {
    return (int) (place % mostItems);
  }
}
