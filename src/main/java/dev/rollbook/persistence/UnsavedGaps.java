package dev.rollbook.persistence;

import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapSaves;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;

/// Gaps on their way to the state-db: they wait here while it is away, or is about to lose what it
/// took last.
@Component
class UnsavedGaps {
  private static final Logger log = LoggerFactory.getLogger(UnsavedGaps.class);

  /// Far more than are written in the half second that a database may lose.
  private static final int KEPT = 1000;

  /// While the state-db is away for hours so many wait; of the others only their threads are known.
  private static final int MOST = 2000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final GapSaves saves;
  private final Clock clock;
  private final Map<UUID, GapRow> unsaved = Collections.synchronizedMap(new LinkedHashMap<>());
  private final Set<UUID> forgotten = ConcurrentHashMap.newKeySet();
  private final Map<UUID, Instant> refusedSince = new HashMap<>();
  private final LinkedHashMap<UUID, GapRow> lately = new LinkedHashMap<>();

  UnsavedGaps(GapSaves saves, Clock clock) {
    this.saves = saves;
    this.clock = clock;
  }

  void put(GapRow gap) {
    synchronized (unsaved) {
      unsaved.put(gap.id(), gap);
      if (unsaved.size() > MOST) {
        var oldest = unsaved.values().iterator();
        forgotten.add(oldest.next().threadId());
        oldest.remove();
      }
    }
  }

  /// Whether gaps of a thread were dropped: its rollout has them as holes in the ordinals.
  boolean wereForgotten(UUID thread) {
    return forgotten.contains(thread);
  }

  /// They were found again.
  void wereFound(UUID thread) {
    forgotten.remove(thread);
  }

  Optional<GapRow> find(UUID gap) {
    return Optional.ofNullable(unsaved.get(gap));
  }

  long countOpen() {
    return waiting().stream().filter(GapRow::isOpen).count();
  }

  /// Writes what waits; quick where nothing does.
  synchronized void flush() {
    for (var gap : waiting()) {
      try {
        saves.save(gap);
        saved(gap);
      } catch (DataIntegrityViolationException noThread) {
        refused(gap, noThread);
      }
    }
  }

  /// The state-db may have lost its last commits: the next flush writes the last gaps once more.
  synchronized void saveAgain() {
    lately.forEach(unsaved::putIfAbsent);
    lately.clear();
  }

  private List<GapRow> waiting() {
    synchronized (unsaved) {
      return List.copyOf(unsaved.values());
    }
  }

  private void saved(GapRow gap) {
    unsaved.remove(gap.id(), gap);
    refusedSince.remove(gap.id());
    lately.putLast(gap.id(), gap);
    if (lately.size() > KEPT) {
      lately.pollFirstEntry();
    }
  }

  /// Its thread has no row: deleted, or lost and soon made again. Only time tells which.
  private void refused(GapRow gap, DataIntegrityViolationException noThread) {
    var since = refusedSince.computeIfAbsent(gap.id(), id -> clock.instant());
    if (clock.instant().isAfter(since.plus(PATIENCE))) {
      log.debug("gap {} belongs to a thread that was deleted", gap.id(), noThread);
      unsaved.remove(gap.id());
      refusedSince.remove(gap.id());
    }
  }
}
