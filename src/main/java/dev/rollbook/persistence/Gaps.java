package dev.rollbook.persistence;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapRows;
import dev.rollbook.statedb.StateDbPresence;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// What histories lack.
///
/// Skips that follow each other in one turn for one reason make one gap, so that a disk that is
/// full for an hour leaves few of them.
@Component
public class Gaps {
  private static final Logger log = LoggerFactory.getLogger(Gaps.class);

  /// Bytes of the items that one gap lacks at most: what repairs it fits one request then.
  private static final long MOST_BYTES = 16L << 20;

  private final GapRows rows;
  private final UnsavedGaps unsaved;
  private final SkipJournal journal;
  private final StateDbPresence stateDb;
  private final Clock clock;
  private final ConcurrentMap<UUID, Latest> latest = new ConcurrentHashMap<>();
  private final ConcurrentMap<UUID, GapRow> pending = new ConcurrentHashMap<>();
  private volatile long lastCount;

  Gaps(
      GapRows rows,
      UnsavedGaps unsaved,
      SkipJournal journal,
      StateDbPresence stateDb,
      Clock clock) {
    this.journal = journal;
    this.stateDb = stateDb;
    this.rows = rows;
    this.unsaved = unsaved;
    this.clock = clock;
  }

  /// Open gaps of a thread that have an ordinal in the range, in order.
  public List<GapRow> within(ThreadId thread, long first, long last) {
    flush();
    return rows.within(thread.value(), first, last);
  }

  /// Open gaps of a thread in order.
  ///
  /// @param after the ordinal that the last gap of the page before begins with
  public List<GapRow> page(ThreadId thread, long after, int limit) {
    flush();
    return rows.page(thread.value(), after, limit);
  }

  /// A gap of the thread, repaired or not.
  public Optional<GapRow> find(ThreadId thread, UUID gap) {
    flush();
    return rows.find(thread.value(), gap);
  }

  /// Whether the items that the gap lacks are kept in memory, to be written when that works again.
  public boolean isPending(UUID gap) {
    return pending.containsKey(gap);
  }

  /// Writes what waits; called a few times a second, and quick where nothing does.
  public void flush() {
    journal.flush();
    unsaved.flush();
  }

  /// Whether gaps of the thread waited too long to be kept in memory: they are to be found again in
  /// its rollout.
  public boolean wereForgotten(ThreadId thread) {
    return unsaved.wereForgotten(thread.value());
  }

  /// They were found again.
  public void wereFound(ThreadId thread) {
    unsaved.wereFound(thread.value());
  }

  /// The state-db may have lost its last commits: the next flush writes the last gaps once more.
  public void saveAgain() {
    unsaved.saveAgain();
  }

  /// A thread is unloaded: a later skip of it begins a gap of its own.
  public void forget(ThreadId thread) {
    latest.remove(thread.value());
  }

  /// The thread is deleted for good.
  public void deleted(ThreadId thread) {
    forget(thread);
    journal.deleted(thread);
  }

  /// The thread has a line behind all of its gaps.
  public void wroteBehind(ThreadId thread) {
    journal.written(thread);
  }

  /// Has the state-db know the gaps that a crash has kept from it.
  public void restore(ThreadId thread) {
    journal.gaps(thread).forEach(unsaved::put);
    flush();
  }

  /// What was kept for the gap is kept no longer; a later skip begins a gap of its own.
  public void giveUp(ThreadId thread, UUID gap) {
    endLatest(thread, gap);
    pending.remove(gap);
  }

  /// Ordinals that somebody else's history leaves out.
  public void addHole(GapRow hole) {
    unsaved.put(hole);
  }

  /// @param bytes of the items
  /// @param kept whether they are kept in memory
  /// @param own the lines, where they are of Rollbook's own; null for those of others
  UUID add(Skip skip, long bytes, boolean kept, @Nullable EncodedLines own) {
    var now =
        latest.compute(
            skip.thread().value(),
            (thread, last) ->
                last != null && last.goesOnWith(skip, bytes, kept)
                    ? last.with(skip, bytes)
                    : new Latest(begin(skip), bytes, kept));
    if (kept) {
      pending.put(now.row().id(), now.row());
    }
    unsaved.put(now.row());
    if (!journal.put(now.row(), own)) {
      saveAtOnce();
    }
    return now.row().id();
  }

  /// What the gap lacked before `next` is in its place.
  ///
  /// @return whether nothing of the gap is left
  boolean fill(ThreadId thread, UUID gap, long next) {
    endLatest(thread, gap);
    var before = current(thread, gap);
    if (before.isEmpty()) {
      return true;
    }
    boolean whole = next >= before.get().nextOrdinal();
    var after = whole ? before.get().repaired(clock.instant()) : before.get().from(next);
    if (whole) {
      pending.remove(gap);
    } else {
      pending.computeIfPresent(gap, (same, row) -> after);
    }
    unsaved.put(after);
    if (whole) {
      journal.repaired(after);
    }
    return whole;
  }

  /// All that the gap lacked is in its place.
  ///
  /// @param gap as it is
  void close(GapRow gap) {
    giveUp(new ThreadId(gap.threadId()), gap.id());
    unsaved.put(gap.repaired(clock.instant()));
    journal.repaired(gap);
  }

  /// How many there are. While the state-db is away: as many as there were, and what came since.
  long count() {
    try {
      flush();
      lastCount = rows.countOpen();
      return lastCount;
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer", away);
      return lastCount + unsaved.countOpen();
    }
  }

  /// What the data-dir does not take is at least in the state-db before the skip is answered.
  private void saveAtOnce() {
    try {
      if (stateDb.answers()) {
        unsaved.flush();
      }
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer, gaps are saved later", away);
    }
  }

  private void endLatest(ThreadId thread, UUID gap) {
    latest.computeIfPresent(
        thread.value(), (same, last) -> last.row().id().equals(gap) ? null : last);
  }

  private Optional<GapRow> current(ThreadId thread, UUID gap) {
    return Optional.ofNullable(pending.get(gap))
        .or(() -> unsaved.find(gap))
        .or(() -> rows.find(thread.value(), gap));
  }

  private GapRow begin(Skip skip) {
    return GapRow.open(
        skip.thread().value(),
        turnOf(skip),
        skip.first(),
        skip.next(),
        skip.reason().wireName(),
        clock.instant());
  }

  private static @Nullable UUID turnOf(Skip skip) {
    return skip.turn() == null ? null : skip.turn().value();
  }

  /// The last gap of a live thread, which the next skip may lengthen.
  private record Latest(GapRow row, long bytes, boolean kept) {

    boolean goesOnWith(Skip skip, long more, boolean keptToo) {
      return row.nextOrdinal() == skip.first()
          && row.reason().equals(skip.reason().wireName())
          && Objects.equals(row.turnId(), turnOf(skip))
          && kept == keptToo
          && bytes + more <= MOST_BYTES;
    }

    Latest with(Skip skip, long more) {
      return new Latest(row.until(skip.next()), bytes + more, kept);
    }
  }
}
