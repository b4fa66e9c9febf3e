package dev.rollbook.skips;

import dev.rollbook.access.Access;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.GapRepository;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.availability.StateDbAvailability;
import dev.rollbook.statedb.listing.GapListing;
import dev.rollbook.statedb.listing.GapListing.OpenGap;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Records the gaps of all threads, and their repairs. A gap is a run of ordinals that have no line
/// in the rollout.
///
/// Consecutive skips of the same turn for the same reason form one gap, of up to 16 MB. So a disk
/// that is full for an hour causes few gaps.
@Component
public class Gaps implements MeterBinder {
  private static final Logger log = LoggerFactory.getLogger(Gaps.class);

  /// Bytes of the items of one gap; limited so that one request can repair it.
  private static final long MAX_GAP_BYTES = 16L << 20;

  private final GapRepository rows;
  private final GapListing listing;
  private final UnsavedGaps unsaved;
  private final SkipJournal journal;
  private final StateDbAvailability stateDb;
  private final Clock clock;
  private final ConcurrentMap<UUID, Latest> latest = new ConcurrentHashMap<>();
  private final ConcurrentMap<UUID, GapRow> pendingGaps = new ConcurrentHashMap<>();
  private volatile long lastCount;

  Gaps(
      GapRepository rows,
      GapListing listing,
      UnsavedGaps unsaved,
      SkipJournal journal,
      StateDbAvailability stateDb,
      Clock clock) {
    this.journal = journal;
    this.stateDb = stateDb;
    this.rows = rows;
    this.listing = listing;
    this.unsaved = unsaved;
    this.clock = clock;
  }

  /// Open gaps of a thread that have an ordinal in the range, in order.
  public List<GapRow> within(ThreadId thread, long first, long last) {
    flushIfPossible();
    return withUnsaved(
        thread,
        rows.within(thread.value(), first, last),
        gap -> gap.nextOrdinal() > first && gap.firstOrdinal() <= last);
  }

  /// Open gaps of a thread in order.
  ///
  /// @param after first ordinal of the last gap of the previous page
  public List<GapRow> page(ThreadId thread, long after, int limit) {
    flushIfPossible();
    int most = limit + unsaved.of(thread.value()).size();
    var found =
        withUnsaved(
            thread, rows.page(thread.value(), after, most), gap -> gap.firstOrdinal() > after);
    return found.subList(0, Math.min(limit, found.size()));
  }

  /// Open gaps of all threads that the caller sees, the latest first.
  ///
  /// @param reason null for all
  /// @param after position of the last gap of the previous page; null for the first page
  public List<OpenGap> newest(
      Access access, @Nullable String reason, @Nullable Position after, int limit) {
    flushIfPossible();
    return listing.page(access, reason, after, limit);
  }

  /// A gap of the thread, repaired or not.
  public Optional<GapRow> find(ThreadId thread, UUID gap) {
    flushIfPossible();
    return unsaved
        .find(gap)
        .filter(found -> found.threadId().equals(thread.value()))
        .or(() -> rows.find(thread.value(), gap));
  }

  /// Writes unsaved gaps before a read. While the state-db does not commit, reads go on without
  /// that.
  private void flushIfPossible() {
    if (stateDb.answers() && stateDb.commits()) {
      flush();
    }
  }

  /// Open gaps in order, as they are once the unsaved ones are written.
  ///
  /// @param wanted which of the unsaved gaps belong to the result
  private List<GapRow> withUnsaved(ThreadId thread, List<GapRow> saved, Predicate<GapRow> wanted) {
    var newer = unsaved.of(thread.value());
    if (newer.isEmpty()) {
      return saved;
    }
    Map<UUID, GapRow> merged = new HashMap<>();
    saved.forEach(gap -> merged.put(gap.id(), gap));
    newer.forEach(gap -> merged.put(gap.id(), gap));
    return merged.values().stream()
        .filter(GapRow::isOpen)
        .filter(wanted)
        .sorted(Comparator.comparingLong(GapRow::firstOrdinal))
        .toList();
  }

  /// Whether the items of the gap are kept in memory for a retry.
  public boolean isPending(UUID gap) {
    return pendingGaps.containsKey(gap);
  }

  /// Writes unsaved gaps; called a few times a second, and fast if there are none.
  public void flush() {
    journal.flush();
    unsaved.flush();
  }

  /// Whether unsaved gaps of the thread were dropped from memory. They can be found in its rollout.
  public boolean wereForgotten(ThreadId thread) {
    return unsaved.wereForgotten(thread.value());
  }

  /// The dropped gaps were found in the rollout.
  public void wereFound(ThreadId thread) {
    unsaved.wereFound(thread.value());
  }

  /// The state-db may have lost its last commits: the next flush writes recent gaps again.
  public void saveAgain() {
    unsaved.saveAgain();
  }

  /// A thread is unloaded: its next skip begins a new gap.
  public void forget(ThreadId thread) {
    latest.remove(thread.value());
  }

  /// The thread was deleted.
  public void deleted(ThreadId thread) {
    forget(thread);
    journal.deleted(thread);
  }

  /// Another replica has taken over the thread: it may write items with the ordinals of gaps that
  /// only this process knows.
  public void lost(ThreadId thread) {
    deleted(thread);
    unsaved.lost(thread.value());
  }

  /// The rollout has a line after all gaps of the thread.
  public void wroteBehind(ThreadId thread) {
    journal.written(thread);
  }

  /// Writes the gaps in the journal to the state-db, which may lack them after a crash.
  public void restore(ThreadId thread) {
    journal.gaps(thread).forEach(unsaved::put);
    flush();
  }

  /// The items of the gap are no longer kept in memory; the next skip begins a new gap.
  public void giveUp(ThreadId thread, UUID gap) {
    endLatest(thread, gap);
    pendingGaps.remove(gap);
  }

  /// Adds ordinals that the rollout of another program leaves out.
  public void addHole(GapRow hole) {
    unsaved.put(hole);
  }

  /// Adds gaps for the ordinals of all ranges that are in no gap yet. If the gaps cannot be read,
  /// this fails and adds none.
  ///
  /// @param ranges in order
  List<GapRow> addLost(ThreadId thread, List<OrdinalRange> ranges) {
    if (ranges.isEmpty()) {
      return List.of();
    }
    // With the lines, the database may have lost that a gap was closed.
    unsaved.saveAgain(thread.value());
    var known = within(thread, ranges.getFirst().first(), ranges.getLast().last());
    var lost = new ArrayList<GapRow>();
    for (var range : ranges) {
      long from = range.first();
      for (var gap : known) {
        addLost(thread, from, Math.min(gap.firstOrdinal(), range.last() + 1), lost);
        from = Math.max(from, gap.nextOrdinal());
      }
      addLost(thread, from, range.last() + 1, lost);
    }
    return lost;
  }

  private void addLost(ThreadId thread, long from, long to, List<GapRow> lost) {
    if (from < to) {
      var gap = GapRow.open(thread.value(), null, from, to, GapRow.STORAGE_LOST, clock.instant());
      unsaved.put(gap);
      lost.add(gap);
    }
  }

  /// @param bytes of the items
  /// @param pending whether they are kept in memory for a retry
  /// @param own the lines, if they are Rollbook's own; null for those of clients
  UUID add(SkippedWrite skip, long bytes, boolean pending, @Nullable EncodedLines own) {
    var now =
        latest.compute(
            skip.thread().value(),
            (thread, last) ->
                last != null && last.isExtendedBy(skip, bytes, pending)
                    ? last.with(skip, bytes)
                    : new Latest(begin(skip), bytes, pending));
    if (pending) {
      pendingGaps.put(now.row().id(), now.row());
    }
    unsaved.put(now.row());
    if (!journal.put(now.row(), own)) {
      saveAtOnce();
    }
    return now.row().id();
  }

  /// Records that the ordinals of the gap before `next` were written.
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
      pendingGaps.remove(gap);
    } else {
      pendingGaps.computeIfPresent(gap, (same, row) -> after);
    }
    unsaved.put(after);
    if (whole) {
      journal.repaired(after);
    }
    return whole;
  }

  /// All items of the gap are written.
  void close(GapRow gap) {
    giveUp(new ThreadId(gap.threadId()), gap.id());
    unsaved.put(gap.repaired(clock.instant()));
    journal.repaired(gap);
  }

  /// Number of open gaps. While the state-db is away: the last number, and the gaps since.
  long count() {
    try {
      flush();
      lastCount = rows.countOpen();
      return lastCount;
    } catch (DataAccessException | TransactionException e) {
      log.debug("the state-db does not answer", e);
      return lastCount + unsaved.countOpen();
    }
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.gaps.open", this, Gaps::count)
        .description("Gaps in histories that have not been repaired")
        .baseUnit("gaps")
        .register(registry);
  }

  /// If the journal cannot be written, the gap is in the state-db before the skip is answered.
  private void saveAtOnce() {
    try {
      if (stateDb.answers() && stateDb.commits()) {
        unsaved.flush();
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("the state-db does not answer, gaps are saved later", e);
    }
  }

  private void endLatest(ThreadId thread, UUID gap) {
    latest.computeIfPresent(
        thread.value(), (same, last) -> last.row().id().equals(gap) ? null : last);
  }

  private Optional<GapRow> current(ThreadId thread, UUID gap) {
    return Optional.ofNullable(pendingGaps.get(gap))
        .or(() -> unsaved.find(gap))
        .or(() -> rows.find(thread.value(), gap));
  }

  private GapRow begin(SkippedWrite skip) {
    return GapRow.open(
        skip.thread().value(),
        turnOf(skip),
        skip.first(),
        skip.next(),
        skip.reason().wireName(),
        clock.instant());
  }

  private static @Nullable UUID turnOf(SkippedWrite skip) {
    return skip.turn() == null ? null : skip.turn().value();
  }

  /// The last gap of a live thread, which the next skip may extend.
  private record Latest(GapRow row, long bytes, boolean pending) {

    boolean isExtendedBy(SkippedWrite skip, long more, boolean alsoPending) {
      return row.nextOrdinal() == skip.first()
          && row.reason().equals(skip.reason().wireName())
          && Objects.equals(row.turnId(), turnOf(skip))
          && pending == alsoPending
          && bytes + more <= MAX_GAP_BYTES;
    }

    Latest with(SkippedWrite skip, long more) {
      return new Latest(row.until(skip.next()), bytes + more, pending);
    }
  }
}
