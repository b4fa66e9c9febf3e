package dev.rollbook.storage;

import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.statedb.files.FileOwner;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The files that this process has open: the claims of those that are open for writes, by path, and
/// the keys of those that are open for reads, which must not be purged.
///
/// Methods that change the set of claims hold the monitor, but not during a call of the database.
final class FileClaims {
  private final Map<String, Shared> byName = new ConcurrentHashMap<>();
  private final Map<UUID, Integer> readers = new ConcurrentHashMap<>();

  /// Held while a file is opened for writes, by the hash of its name.
  private final ReentrantLock[] openings =
      Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

  /// A claim that several handles share.
  private static final class Shared {
    final FileClaim claim;
    int handles = 1;

    Shared(FileClaim claim) {
      this.claim = claim;
    }
  }

  /// The state of a file that is open for writes; null if the database must be asked.
  @Nullable FileState state(String name) {
    var shared = byName.get(name);
    return shared == null ? null : shared.claim.state();
  }

  /// Opens a file for writes, with the claim of its other handles if there are any. Caller must
  /// [#release] it.
  ///
  /// @param owner the right to write the file; a claim under another one is not shared
  /// @param claim claims the file in the database; one at a time, because each claim ends the one
  ///   before it
  FileClaim open(String name, FileOwner owner, IoRecovery.Operation<FileClaim> claim)
      throws IOException {
    var opening = openings[Math.floorMod(name.hashCode(), openings.length)];
    opening.lock();
    try {
      var known = join(name, owner);
      return known == null ? add(name, claim.run()) : known;
    } finally {
      opening.unlock();
    }
  }

  /// Registers the claim of a file that no other handle has open. Caller must [#release] it.
  synchronized FileClaim add(String name, FileClaim claim) {
    byName.put(name, new Shared(claim));
    return claim;
  }

  private synchronized @Nullable FileClaim join(String name, FileOwner owner) {
    var shared = byName.get(name);
    if (shared == null || !shared.claim.owner().equals(owner)) {
      return null;
    }
    shared.handles++;
    return shared.claim;
  }

  synchronized void release(FileClaim claim) {
    byName.values().removeIf(shared -> shared.claim == claim && --shared.handles == 0);
  }

  synchronized void moved(String from, String to) {
    var shared = byName.remove(from);
    removed(to);
    if (shared != null) {
      byName.put(to, shared);
    }
  }

  /// The file at the path was deleted, or may have been deleted or moved.
  synchronized void removed(String name) {
    var shared = byName.remove(name);
    if (shared != null) {
      shared.claim.doubt();
    }
  }

  /// The time of the last modification was set.
  void modified(String name, Instant at) {
    var shared = byName.get(name);
    if (shared != null) {
      shared.claim.modifiedAt(at);
    }
  }

  void startedReading(UUID key) {
    readers.merge(key, 1, Integer::sum);
  }

  void stoppedReading(UUID key) {
    readers.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
  }

  boolean isRead(UUID key) {
    return readers.containsKey(key);
  }
}
