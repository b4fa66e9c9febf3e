package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.GapId;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.ItemMissing;
import dev.rollbook.model.RollbookException.ItemNotFound;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutPage;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutTransfer;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Reads the history of threads, up to the last acknowledged item.
@Service
public class HistoryReader {
  private final TurnRepository turns;
  private final LiveThreads live;
  private final Rollouts rollouts;
  private final GapService gaps;

  HistoryReader(TurnRepository turns, LiveThreads live, Rollouts rollouts, GapService gaps) {
    this.turns = turns;
    this.live = live;
    this.rollouts = rollouts;
    this.gaps = gaps;
  }

  /// A page of items with the gaps among them.
  ///
  /// @param after ordinal after which the page begins, in the requested order; null for the first
  ///   page
  /// @param room memory for the lines; the page ends early when it is used up
  public Page page(
      Access access,
      ThreadId id,
      @Nullable TurnId turn,
      @Nullable Long after,
      int limit,
      boolean newestFirst,
      LineView view,
      MemoryReservation room) {
    var source = source(access, id);
    var range = range(id, turn, after, newestFirst).and(source.whole());
    if (range.isEmpty()) {
      return new Page(List.of(), List.of(), null);
    }
    var lacking = gaps.within(id, range.first(), range.last());
    try {
      var page =
          rollouts.page(source.ref(), source.ordered(), range, limit, newestFirst, view, room);
      var shown = shown(page, range, newestFirst);
      return new Page(page.lines(), lacking(lacking, page.lines(), shown), page.nextAfter());
    } catch (IOException e) {
      throw unusable(id, e);
    }
  }

  /// Opens the history to stream every item in order, one in memory at a time. Caller must close
  /// it.
  ///
  /// @param room memory for one line
  public RolloutTransfer all(
      Access access,
      ThreadId id,
      @Nullable TurnId turn,
      @Nullable Long after,
      LineView view,
      MemoryReservation room) {
    var source = source(access, id);
    var range = range(id, turn, after, false).and(source.whole());
    try {
      return rollouts.transfer(source.ref(), source.ordered(), range, view, room);
    } catch (IOException e) {
      throw unusable(id, e);
    }
  }

  /// One whole item.
  ///
  /// @param room memory for its line
  /// @throws ItemMissing if the ordinal is in a gap
  /// @throws ItemNotFound if no item has had the ordinal yet
  public RolloutLine item(Access access, ThreadId id, long ordinal, MemoryReservation room) {
    var source = source(access, id);
    var range = new OrdinalRange(ordinal, ordinal).and(source.whole());
    if (range.isEmpty()) {
      throw new ItemNotFound(id, ordinal);
    }
    // First, as a gap may be repaired until the rollout is read.
    var gap = gaps.within(id, ordinal, ordinal).stream().findFirst();
    try {
      var found = rollouts.page(source.ref(), source.ordered(), range, 1, false, room);
      return found.lines().stream()
          .findFirst()
          .orElseThrow(() ->
              gap.<RollbookException>map(in ->
                      new ItemMissing(id, ordinal, new GapId(in.id()), in.reason(), in.pending()))
                  .orElseGet(() -> new ItemNotFound(id, ordinal)));
    } catch (IOException e) {
      throw unusable(id, e);
    }
  }

  /// The rollout as a file.
  public RolloutContent rollout(Access access, ThreadId id) {
    var source = source(access, id);
    try {
      return content(id, source)
          .orElseThrow(() -> new RolloutUnusable(id, ResumeFailure.ROLLOUT_MISSING));
    } catch (IOException e) {
      throw unusable(id, e);
    }
  }

  /// @param nextAfter null at the end of the history
  public record Page(List<RolloutLine> lines, List<GapView> gaps, @Nullable Long nextAfter) {}

  /// Removes the ordinals of the lines from the gaps, because the gaps were read first and may have
  /// been repaired from the front since.
  private static List<GapView> lacking(
      List<GapView> gaps, List<RolloutLine> lines, OrdinalRange shown) {
    return gaps.stream()
        .filter(gap -> gap.firstOrdinal() <= shown.last())
        .map(gap -> gap.from(repairedTo(gap, lines)))
        .filter(gap -> gap.lastOrdinal() >= gap.firstOrdinal())
        .filter(gap -> gap.lastOrdinal() >= shown.first())
        .toList();
  }

  private static long repairedTo(GapView gap, List<RolloutLine> lines) {
    return lines.stream()
        .filter(RolloutLine::numbered)
        .mapToLong(line -> line.ordinal() + 1)
        .filter(next -> next > gap.firstOrdinal() && next <= gap.lastOrdinal() + 1)
        .max()
        .orElse(gap.firstOrdinal());
  }

  private static OrdinalRange shown(RolloutPage page, OrdinalRange range, boolean newestFirst) {
    if (page.nextAfter() == null) {
      return range;
    }
    return newestFirst
        ? new OrdinalRange(page.nextAfter(), range.last())
        : new OrdinalRange(range.first(), page.nextAfter());
  }

  private OrdinalRange range(
      ThreadId id, @Nullable TurnId turn, @Nullable Long after, boolean newestFirst) {
    var all = turn == null ? OrdinalRange.ALL : turnRange(id, turn);
    if (after == null) {
      return all;
    }
    return newestFirst
        ? new OrdinalRange(all.first(), Math.min(all.last(), after - 1))
        : new OrdinalRange(Math.max(all.first(), after + 1), all.last());
  }

  private OrdinalRange turnRange(ThreadId id, TurnId turn) {
    TurnRow row =
        live.seen(id)
            .flatMap(seen -> seen.turn(turn))
            .or(() -> turns.find(id.value(), turn.value()))
            .orElseThrow(() -> new TurnNotFound(id, turn));
    return new OrdinalRange(row.firstOrdinal(), row.lastOrdinal());
  }

  private Source source(Access access, ThreadId id) {
    var row =
        live.loadedRow(access, id)
            .or(() -> live.row(access, id))
            .orElseThrow(() -> new ThreadNotFound(id));
    var ref = rollouts.ref(id, row.storage().rolloutPath());
    return live.seen(id)
        .map(LiveSnapshot::progress)
        .map(now ->
            new Source(
                ref, now.orderedBytes(), new OrdinalRange(0, now.counters().nextOrdinal() - 1)))
        .orElseGet(() -> new Source(ref, row.storage().orderedBytes(), OrdinalRange.ALL));
  }

  /// A live thread knows how many bytes of its file are whole lines.
  private Optional<RolloutContent> content(ThreadId id, Source source) throws IOException {
    var loaded = live.find(id);
    var whole =
        loaded.isPresent() ? loaded.get().contentIfLoaded() : Optional.<RolloutContent>empty();
    return whole.isPresent() ? whole : rollouts.content(source.ref(), Long.MAX_VALUE);
  }

  static RolloutUnusable unusable(ThreadId id, IOException cause) {
    var failure =
        cause instanceof NoSuchFileException
            ? ResumeFailure.ROLLOUT_MISSING
            : ResumeFailure.ROLLOUT_UNREADABLE;
    return new RolloutUnusable(id, failure);
  }

  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  /// @param whole acknowledged ordinals; later lines may belong to a write in progress
  private record Source(RolloutRef ref, long ordered, OrdinalRange whole) {}
}
