package dev.rollbook.skips;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapWriter;
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

/// Gaps that the state-db may lack: gaps that are not written yet, and gaps that were written so
/// recently that a crash may undo the write.
@Component
class UnsavedGaps {
  private static final Logger log = LoggerFactory.getLogger(UnsavedGaps.class);

  /// Saved gaps in memory. Far more than are written in the half second that a database may lose.
  private static final int MAX_RECENT = 1000;

  /// Gaps in memory while the state-db does not answer. Of further gaps only the thread ids are
  /// remembered.
  private static final int MAX_UNSAVED = 2000;

  private static final Duration REFUSED_TIMEOUT = Duration.ofSeconds(30);

  private final GapWriter saves;
  private final Clock clock;
  private final Map<UUID, GapRow> unsaved = Collections.synchronizedMap(new LinkedHashMap<>());
  private final Set<UUID> forgotten = ConcurrentHashMap.newKeySet();

  @GuardedBy("this")
  private final Map<UUID, Instant> refusedSince = new HashMap<>();

  @GuardedBy("this")
  private final LinkedHashMap<UUID, GapRow> recent = new LinkedHashMap<>();

  UnsavedGaps(GapWriter saves, Clock clock) {
    this.saves = saves;
    this.clock = clock;
  }

  void put(GapRow gap) {
    synchronized (unsaved) {
      unsaved.put(gap.id(), gap);
      if (unsaved.size() > MAX_UNSAVED) {
        var oldest = unsaved.values().iterator();
        forgotten.add(oldest.next().threadId());
        oldest.remove();
      }
    }
  }

  /// Whether gaps of a thread were dropped. Its rollout has them as holes in the ordinals.
  boolean wereForgotten(UUID thread) {
    return forgotten.contains(thread);
  }

  /// The dropped gaps were found in the rollout.
  void wereFound(UUID thread) {
    forgotten.remove(thread);
  }

  Optional<GapRow> find(UUID gap) {
    return Optional.ofNullable(unsaved.get(gap));
  }

  long countOpen() {
    return snapshot().stream().filter(GapRow::isOpen).count();
  }

  /// Writes unsaved gaps; fast if there are none.
  synchronized void flush() {
    for (var gap : snapshot()) {
      try {
        if (saves.save(gap)) {
          saved(gap);
        } else {
          ofOthers(gap);
        }
      } catch (DataIntegrityViolationException e) {
        refused(gap, e);
      }
    }
  }

  /// The state-db may have lost its last commits: the next flush writes recent gaps again.
  synchronized void saveAgain() {
    recent.forEach(unsaved::putIfAbsent);
    recent.clear();
  }

  /// The same for the gaps of one thread.
  synchronized void saveAgain(UUID thread) {
    recent
        .values()
        .removeIf(gap -> {
          boolean isOfThread = gap.threadId().equals(thread);
          if (isOfThread) {
            unsaved.putIfAbsent(gap.id(), gap);
          }
          return isOfThread;
        });
  }

  /// The unsaved gaps of a thread, open or repaired.
  List<GapRow> of(UUID thread) {
    return snapshot().stream().filter(gap -> gap.threadId().equals(thread)).toList();
  }

  private List<GapRow> snapshot() {
    synchronized (unsaved) {
      return List.copyOf(unsaved.values());
    }
  }

  @GuardedBy("this")
  private void saved(GapRow gap) {
    unsaved.remove(gap.id(), gap);
    refusedSince.remove(gap.id());
    recent.putLast(gap.id(), gap);
    if (recent.size() > MAX_RECENT) {
      recent.pollFirstEntry();
    }
  }

  /// The gaps of a thread that another replica has taken over are not saved any more.
  synchronized void lost(UUID thread) {
    for (var gap : of(thread)) {
      ofOthers(gap);
    }
    recent.values().removeIf(gap -> gap.threadId().equals(thread));
    forgotten.remove(thread);
  }

  /// The ordinals of the gap may belong to items that the thread's owner has written since.
  @GuardedBy("this")
  private void ofOthers(GapRow gap) {
    log.warn(
        "thread {}: {} skipped items, from ordinal {} on, are not recorded as a gap, because another"
            + " replica writes the thread by now",
        gap.threadId(),
        gap.nextOrdinal() - gap.firstOrdinal(),
        gap.firstOrdinal());
    unsaved.remove(gap.id());
    refusedSince.remove(gap.id());
  }

  /// The thread has no row: it was deleted, or its row was lost and will be rebuilt soon.
  @GuardedBy("this")
  private void refused(GapRow gap, DataIntegrityViolationException e) {
    var since = refusedSince.computeIfAbsent(gap.id(), id -> clock.instant());
    if (clock.instant().isAfter(since.plus(REFUSED_TIMEOUT))) {
      log.debug("gap {} belongs to a thread that was deleted", gap.id(), e);
      unsaved.remove(gap.id());
      refusedSince.remove(gap.id());
    }
  }
}
