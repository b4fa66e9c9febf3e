package dev.rollbook.cluster;

import dev.rollbook.memory.Eviction;
import dev.rollbook.model.ThreadId;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// Last known owners of threads of other replicas, for calls while the database does not answer.
///
/// They may be out of date. That does no harm: a replica refuses calls for threads that it does not
/// own. The owners that were looked up least recently are evicted.
final class KnownOwners {
  /// Size of an entry of the map.
  static final int BYTES = 200;

  private final ConcurrentMap<ThreadId, Known> owners = new ConcurrentHashMap<>();
  private final Eviction<Known> eviction;

  private record Known(ThreadId thread, UUID replica, long lookedUpAt) {}

  KnownOwners(long maxBytes) {
    this.eviction =
        new Eviction<>(
            maxBytes,
            known -> BYTES,
            Known::lookedUpAt,
            (known, wanted) -> owners.remove(known.thread(), known) ? BYTES : 0);
  }

  /// @param replica that owns the thread; null if no other one does
  void set(ThreadId thread, @Nullable UUID replica) {
    if (replica == null) {
      owners.remove(thread);
    } else if (owners.put(thread, new Known(thread, replica, System.nanoTime())) == null) {
      eviction.added(BYTES);
      if (eviction.isFull()) {
        eviction.makeRoom(owners.values());
      }
    }
  }

  Optional<UUID> find(ThreadId thread) {
    return Optional.ofNullable(owners.get(thread)).map(Known::replica);
  }
}
