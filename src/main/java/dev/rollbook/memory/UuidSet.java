package dev.rollbook.memory;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/// Hash set of UUIDs with open addressing. It takes about 25 bytes per id, a `HashSet<UUID>` takes
/// 80. Not thread-safe.
public final class UuidSet {
  private static final int INITIAL_SLOTS = 16;

  /// Random, because clients choose the ids: with a fixed seed they could choose many that collide,
  /// or one that looks like a free slot.
  private final long seed = ThreadLocalRandom.current().nextLong();

  private final long otherSeed = ThreadLocalRandom.current().nextLong();

  /// Two longs a slot, both 0 in a free one: the halves of an id, each mixed with a seed.
  private long[] slots = new long[2 * INITIAL_SLOTS];

  private int size;

  public int size() {
    return size;
  }

  /// Heap that the ids take.
  public long bytes() {
    return 8L * slots.length;
  }

  public boolean contains(UUID id) {
    return !isFree(find(id));
  }

  public void add(UUID id) {
    int slot = find(id);
    if (isFree(slot)) {
      set(slot, id.getMostSignificantBits() ^ seed, id.getLeastSignificantBits() ^ otherSeed);
      size++;
      if (size > capacity() / 5 * 4) {
        grow();
      }
    }
  }

  public void remove(UUID id) {
    int slot = find(id);
    if (!isFree(slot)) {
      size--;
      close(slot);
    }
  }

  /// Frees a slot, and moves later ids up that could not be found behind a free slot.
  private void close(int slot) {
    int hole = slot;
    for (int next = after(hole); !isFree(next); next = after(next)) {
      int home = home(slots[2 * next], slots[2 * next + 1]);
      boolean isBetween = hole <= next ? hole < home && home <= next : hole < home || home <= next;
      if (!isBetween) {
        set(hole, slots[2 * next], slots[2 * next + 1]);
        hole = next;
      }
    }
    set(hole, 0, 0);
  }

  private void grow() {
    var old = slots;
    slots = new long[2 * (capacity() + capacity() / 4 + INITIAL_SLOTS)];
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != 0 || old[i + 1] != 0) {
        int slot = home(old[i], old[i + 1]);
        while (!isFree(slot)) {
          slot = after(slot);
        }
        set(slot, old[i], old[i + 1]);
      }
    }
  }

  private int find(UUID id) {
    long most = id.getMostSignificantBits() ^ seed;
    long least = id.getLeastSignificantBits() ^ otherSeed;
    int slot = home(most, least);
    while (!isFree(slot) && (slots[2 * slot] != most || slots[2 * slot + 1] != least)) {
      slot = after(slot);
    }
    return slot;
  }

  private int home(long most, long least) {
    long mixed = most * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 32 ^ least) * 0xD6E8FEB86659FD93L;
    return (int) Math.unsignedMultiplyHigh(mixed ^ mixed >>> 32, capacity());
  }

  private int after(int slot) {
    return slot + 1 == capacity() ? 0 : slot + 1;
  }

  private boolean isFree(int slot) {
    return slots[2 * slot] == 0 && slots[2 * slot + 1] == 0;
  }

  private void set(int slot, long most, long least) {
    slots[2 * slot] = most;
    slots[2 * slot + 1] = least;
  }

  private int capacity() {
    return slots.length / 2;
  }
}
