package dev.rollbook.persistence;

import dev.rollbook.model.GapId;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapRows;
import dev.rollbook.statedb.RowBatches;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// What histories lack. A gap waits in memory until the state-db has it.
///
/// Skips that follow each other in one turn for one reason make one gap, so that a disk that is
/// full for an hour leaves as many gaps as there are turns.
@Component
public class Gaps {
  private static final Logger log = LoggerFactory.getLogger(Gaps.class);

  /// Far more than are written in the half second that a database may lose.
  private static final int KEPT = 1000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final GapRows rows;
  private final RowBatches batches;
  private final Clock clock;
  private final ConcurrentMap<UUID, GapRow> latest = new ConcurrentHashMap<>();
  private final ConcurrentMap<UUID, GapRow> unsaved = new ConcurrentHashMap<>();
  private final Map<UUID, Instant> refusedSince = new HashMap<>();
  private final Deque<GapRow> lately = new ConcurrentLinkedDeque<>();

  Gaps(GapRows rows, RowBatches batches, Clock clock) {
    this.clock = clock;
    this.rows = rows;
    this.batches = batches;
  }

  /// Gaps of a thread that have an ordinal in the range, those not yet in the state-db included.
  public List<GapRow> within(ThreadId thread, long first, long last) {
    flush();
    return rows.within(thread.value(), first, last);
  }

  /// Writes what waits; called a few times a second, and quick where nothing does.
  public synchronized void flush() {
    for (var gap : List.copyOf(unsaved.values())) {
      try {
        batches.save(gap);
        saved(gap);
      } catch (DataIntegrityViolationException noThread) {
        refused(gap, noThread);
      }
    }
  }

  /// The state-db may have lost its last commits: the next flush writes the last gaps once more.
  public synchronized void saveAgain() {
    lately.forEach(gap -> unsaved.putIfAbsent(gap.id(), gap));
    lately.clear();
  }

  private void saved(GapRow gap) {
    unsaved.remove(gap.id(), gap);
    refusedSince.remove(gap.id());
    lately.addLast(gap);
    if (lately.size() > KEPT) {
      lately.removeFirst();
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

  /// A thread is unloaded: a later skip of it begins a gap of its own.
  public void forget(ThreadId thread) {
    latest.remove(thread.value());
  }

  UUID add(Skip skip, Instant now) {
    var gap =
        latest.compute(
            skip.thread().value(),
            (thread, last) -> continues(last, skip) ? last.until(skip.next()) : begin(skip, now));
    unsaved.put(gap.id(), gap);
    return gap.id();
  }

  /// How many there are; what the state-db cannot say now is not counted.
  long count() {
    try {
      return rows.count() + unsaved.size();
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer", away);
      return unsaved.size();
    }
  }

  private static boolean continues(@Nullable GapRow last, Skip skip) {
    return last != null
        && last.nextOrdinal() == skip.first()
        && last.reason().equals(skip.reason().wireName())
        && Objects.equals(last.turnId(), turnOf(skip));
  }

  private static GapRow begin(Skip skip, Instant now) {
    return new GapRow(
        GapId.next().value(),
        skip.thread().value(),
        turnOf(skip),
        skip.first(),
        skip.next(),
        skip.reason().wireName(),
        now);
  }

  private static @Nullable UUID turnOf(Skip skip) {
    return skip.turn() == null ? null : skip.turn().value();
  }
}
