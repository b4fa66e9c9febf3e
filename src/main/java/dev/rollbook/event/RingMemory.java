package dev.rollbook.event;

import java.util.Collection;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps what all rings hold together bounded: the largest ones lose their oldest events first.
///
/// What goes away with a ring is not told, so that the sum is only a reason to add up.
final class RingMemory {
  private final long capacity;
  private final AtomicLong sum = new AtomicLong();
  private final ReentrantLock making = new ReentrantLock();

  RingMemory(long capacity) {
    this.capacity = capacity;
  }

  /// An event was put into a ring; called without the lock of any.
  ///
  /// An eighth is made free at a time, so that the search for the largest is paid once for many.
  void added(long bytes, Collection<Channel> rings) {
    if (sum.addAndGet(bytes) <= capacity || !making.tryLock()) {
      return;
    }
    try {
      long now = rings.stream().mapToLong(Channel::bytes).sum();
      long most = capacity - capacity / 8;
      sum.set(now > most ? now - shrink(rings, now - most) : now);
    } finally {
      making.unlock();
    }
  }

  private static long shrink(Collection<Channel> rings, long bytes) {
    long freed = 0;
    var largestFirst =
        rings.stream()
            .map(ring -> new Size(ring, ring.bytes()))
            .sorted(Comparator.comparingLong(Size::bytes).reversed())
            .toList();
    for (var size : largestFirst) {
      if (freed >= bytes) {
        break;
      }
      freed += size.ring().shrinkTo(Math.max(size.bytes() / 2, size.bytes() - (bytes - freed)));
    }
    return freed;
  }

  /// How large a ring was when the sorting began.
  private record Size(Channel ring, long bytes) {}
}
