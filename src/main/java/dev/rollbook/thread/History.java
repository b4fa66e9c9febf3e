package dev.rollbook.thread;

import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.rollout.OrdinalRange;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutPage;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Reads what threads hold, up to the last acknowledged line.
@Service
public class History {
  private final TurnRows turns;
  private final LiveThreads live;
  private final Rollouts rollouts;
  private final Gaps gaps;

  History(TurnRows turns, LiveThreads live, Rollouts rollouts, Gaps gaps) {
    this.turns = turns;
    this.live = live;
    this.rollouts = rollouts;
    this.gaps = gaps;
  }

  /// A page of items and the gaps that lie among them.
  ///
  /// @param after the ordinal to go on after, in the order that is asked for; null for the
  ///   beginning
  public Page page(
      ThreadId id, @Nullable TurnId turn, @Nullable Long after, int limit, boolean newestFirst) {
    var source = source(id);
    var range = range(id, turn, after, newestFirst);
    if (range.isEmpty()) {
      return new Page(List.of(), List.of(), null);
    }
    try {
      var page = rollouts.page(source.ref(), source.bytes(), range, limit, newestFirst);
      var shown = shown(page, range, newestFirst);
      return new Page(page.lines(), gaps.within(id, shown.first(), shown.last()), page.nextAfter());
    } catch (IOException unreadable) {
      throw unusable(id, unreadable);
    }
  }

  /// Calls for every item in order, without holding more than one.
  ///
  /// Checks that it can be read before the first call.
  public Reading all(ThreadId id, @Nullable TurnId turn, @Nullable Long after) {
    var source = source(id);
    var range = range(id, turn, after, false);
    try {
      rollouts.read(source.ref(), source.bytes()).close();
    } catch (IOException unreadable) {
      throw unusable(id, unreadable);
    }
    return action -> rollouts.forEach(source.ref(), source.bytes(), range, action);
  }

  /// The rollout as a file.
  public RolloutContent rollout(ThreadId id) {
    var source = source(id);
    try {
      return rollouts
          .content(source.ref(), source.bytes())
          .orElseThrow(() -> new RolloutUnusable(id, ResumeFailure.ROLLOUT_MISSING));
    } catch (IOException unreadable) {
      throw unusable(id, unreadable);
    }
  }

  /// @param nextAfter null where nothing follows
  public record Page(List<RolloutLine> lines, List<GapRow> gaps, @Nullable Long nextAfter) {}

  /// A history that can be read.
  public interface Reading {
    /// @throws IOException if the rollout is lost while it is read
    /// @throws UncheckedIOException that the action throws, as it is
    void forEach(Consumer<RolloutLine> action) throws IOException;
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
        live.find(id)
            .flatMap(thread -> thread.turnIfLoaded(turn))
            .or(() -> turns.find(id.value(), turn.value()))
            .orElseThrow(() -> new TurnNotFound(id, turn));
    return new OrdinalRange(row.firstOrdinal(), row.lastOrdinal());
  }

  private Source source(ThreadId id) {
    var row = live.row(id).orElseThrow(() -> new ThreadNotFound(id));
    long bytes =
        live.find(id)
            .flatMap(LiveThread::progressIfLoaded)
            .map(ThreadProgress::rolloutBytes)
            .orElse(Long.MAX_VALUE);
    return new Source(rollouts.ref(id, row.rolloutPath()), bytes);
  }

  static RolloutUnusable unusable(ThreadId id, IOException cause) {
    var failure =
        cause instanceof java.nio.file.NoSuchFileException
            ? ResumeFailure.ROLLOUT_MISSING
            : ResumeFailure.ROLLOUT_UNREADABLE;
    return new RolloutUnusable(id, failure);
  }

  /// @param bytes that hold whole lines
  private record Source(RolloutRef ref, long bytes) {}
}
