package dev.rollbook.live;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Map from item id to ordinal, for the most recent items of a live thread that have an id. Used to
/// detect duplicate items.
///
/// The ids are read from the rollout when the first item with an id arrives, and again after an
/// eviction. Caller must hold the thread lock, except for [#bytes].
final class RecentItemIds {
  private static final Logger log = LoggerFactory.getLogger(RecentItemIds.class);
  private static final int MAX_IDS = 4096;

  /// An entry, a number and the object around the characters of an id.
  private static final int BYTES_PER_ENTRY = 110;

  private final RolloutRecorder recorder;
  private final RetryQueue queue;
  private final LiveServices services;
  private volatile @Nullable Ids ids;

  RecentItemIds(RolloutRecorder recorder, RetryQueue queue, LiveServices services) {
    this.recorder = recorder;
    this.queue = queue;
    this.services = services;
  }

  /// @param nextOrdinal of the thread
  OrdinalAssignment.IdLookup before(long nextOrdinal) {
    var known = ids;
    return known != null && known.losses == recorder.losses()
        ? known::ordinalOf
        : load(nextOrdinal)::ordinalOf;
  }

  /// Adds items that have ordinals from `first` on.
  void add(List<RolloutItem> items, long first) {
    update(known -> {
      long ordinal = first;
      for (var item : items) {
        known.add(item.id(), ordinal++);
      }
    });
  }

  void add(RolloutLine line) {
    update(known -> known.add(line.id(), line.ordinal()));
  }

  void evict() {
    ids = null;
  }

  /// Needs no lock.
  long bytes() {
    var known = ids;
    return known == null ? 0 : known.bytes.get();
  }

  private void update(Consumer<Ids> change) {
    var known = ids;
    if (known != null) {
      long before = known.bytes.get();
      change.accept(known);
      services.limits().idsAdded(known.bytes.get() - before);
    }
  }

  /// Queued items count too: a client that repeats them must not have them written twice. A rollout
  /// that cannot be read now, or was never created, has no ids.
  private Ids load(long nextOrdinal) {
    var read = new Ids(recorder.losses());
    var last = new OrdinalRange(Math.max(0, nextOrdinal - MAX_IDS), nextOrdinal - 1);
    try {
      services
          .rollouts()
          .forEach(
              recorder.rollout(),
              recorder.orderedBytes(),
              last,
              line -> read.add(line.id(), line.ordinal()));
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read", recorder.rollout().thread(), e);
      var queued = new Ids(recorder.losses());
      queue.forEachLine(line -> queued.add(line.id(), line.ordinal()));
      return queued;
    }
    queue.forEachLine(line -> read.add(line.id(), line.ordinal()));
    services.limits().idsAdded(read.bytes.get());
    ids = read;
    return read;
  }

  private static final class Ids {
    private final AtomicLong bytes = new AtomicLong();
    private final int losses;

    private final Map<String, Long> ordinals =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            boolean full = size() > MAX_IDS;
            bytes.addAndGet(full ? -bytes(eldest.getKey()) : 0);
            return full;
          }
        };

    Ids(int losses) {
      this.losses = losses;
    }

    @Nullable Long ordinalOf(String id) {
      return ordinals.get(id);
    }

    void add(@Nullable String id, long ordinal) {
      if (id != null) {
        // Before the put, which may evict another id.
        bytes.addAndGet(ordinals.containsKey(id) ? 0 : bytes(id));
        ordinals.put(id, ordinal);
      }
    }

    private static long bytes(String id) {
      return BYTES_PER_ENTRY + (long) id.length();
    }
  }
}
