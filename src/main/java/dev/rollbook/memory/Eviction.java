package dev.rollbook.memory;

import java.util.Collection;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/// Evicts entries in the order of their rank. Each run sorts all entries once, and evicts until an
/// eighth of the capacity is free.
///
/// Callers report that an entry has grown, but not that an entry was removed. Therefore the sum of
/// all sizes may be too high, but never too low. Before an eviction, the sum is computed again from
/// all entries.
public class Eviction<T> {
  /// Evicts from one entry.
  public interface Step<T> {
    /// @param wanted no more than this needs to be evicted
    /// @return how much was evicted; 0 if the entry is in use
    long evict(T entry, long wanted);
  }

  private final long capacity;
  private final ToLongFunction<T> size;
  private final ToLongFunction<T> rank;
  private final Step<T> step;
  private final AtomicLong sum = new AtomicLong();
  private final ReentrantLock evicting = new ReentrantLock();

  /// @param size of an entry, in the unit of the capacity
  /// @param rank of an entry, read once when an eviction begins; the lowest is evicted first
  public Eviction(long capacity, ToLongFunction<T> size, ToLongFunction<T> rank, Step<T> step) {
    this.capacity = capacity;
    this.size = size;
    this.rank = rank;
    this.step = step;
  }

  /// Reports that an entry has grown.
  public void added(long amount) {
    if (amount != 0) {
      sum.addAndGet(amount);
    }
  }

  public boolean isFull() {
    return sum.get() > capacity;
  }

  /// Evicts until there is room. Caller must not hold the lock of an entry. Returns at once while
  /// another thread evicts.
  public void makeRoom(Collection<T> entries) {
    if (!evicting.tryLock()) {
      return;
    }
    try {
      long held = entries.stream().mapToLong(size).sum();
      sum.set(held - evict(entries, held));
    } finally {
      evicting.unlock();
    }
  }

  /// @param held sum of the sizes of all entries
  /// @return how much was evicted
  public long evict(Collection<T> entries, long held) {
    long wanted = held - capacity + capacity / 8;
    long evicted = 0;
    if (wanted <= 0) {
      return evicted;
    }
    for (var next : ranked(entries)) {
      if (evicted >= wanted) {
        break;
      }
      evicted += step.evict(next.entry(), wanted - evicted);
    }
    return evicted;
  }

  private Collection<Ranked<T>> ranked(Collection<T> entries) {
    return entries.stream()
        .map(entry -> new Ranked<>(entry, rank.applyAsLong(entry)))
        .sorted(Comparator.comparingLong(Ranked::rank))
        .toList();
  }

  private record Ranked<T>(T entry, long rank) {}
}
