package dev.rollbook.search;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.Transcript;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Brings the index up to one thread: to what was appended, to what was put into its middle, to its
/// end.
///
/// Lines behind the watermark are new. Where the row then counts another number of items than were
/// read, something changed before the watermark, and all of the thread is indexed anew.
@Component
class ThreadIndexing {
  private static final Logger log = LoggerFactory.getLogger(ThreadIndexing.class);
  private final SearchIndex index;
  private final Rollouts rollouts;
  private final LiveThreads live;
  private final ThreadRows rows;
  private final Touched touched;

  ThreadIndexing(
      SearchIndex index, Rollouts rollouts, LiveThreads live, ThreadRows rows, Touched touched) {
    this.index = index;
    this.rollouts = rollouts;
    this.live = live;
    this.rows = rows;
    this.touched = touched;
  }

  /// @param anew whether to forget what is indexed of it
  void bringUp(ThreadId thread, boolean anew, Pace pace) {
    var row = row(thread);
    if (row.isEmpty()) {
      forget(thread);
      return;
    }
    index.describe(row.get());
    var known = index.mark(thread);
    long leftOut = leftOut(row.get());
    boolean fits =
        !anew
            && known.filter(mark -> mark.isOf(row.get()) && mark.leftOut() == leftOut).isPresent();
    try {
      if (fits) {
        goOn(row.get(), known.orElseThrow(), pace);
      } else {
        beginAnew(row.get(), leftOut, known.isPresent(), pace);
      }
      if (known.isEmpty()) {
        touchChildren(thread);
      }
    } catch (IOException unreadable) {
      log.debug("rollout of thread {} cannot be indexed", thread, unreadable);
    }
  }

  /// Whether the row knows of something that is not indexed.
  boolean isBehind(ThreadRow row) {
    var mark = index.mark(new ThreadId(row.id()));
    return mark.isEmpty()
        || !index.isDescribed(row)
        || !mark.get().isOf(row)
        || mark.get().items() != row.itemCount()
        || mark.get().leftOut() != leftOut(row);
  }

  private void goOn(ThreadRow row, Watermark mark, Pace pace) throws IOException {
    if (mark.items() == row.itemCount()) {
      return;
    }
    var pass = new Pass(row, mark, false, index, pace);
    if (!pass.run(rollouts, ref(row))) {
      touched.add(new ThreadId(row.id()), false);
    } else if (!pass.isAsTheRowSays()) {
      beginAnew(row, mark.leftOut(), true, pace);
    }
  }

  /// @param shown whether a search may find it now, and so is to find it whole meanwhile
  private void beginAnew(ThreadRow row, long leftOut, boolean shown, Pace pace) throws IOException {
    var ref = ref(row);
    if (rollouts.size(ref) == 0) {
      return;
    }
    index.remove(ref.thread());
    var pass = new Pass(row, Watermark.start(row, leftOut), shown, index, pace);
    if (pass.run(rollouts, ref)) {
      pass.settle(ref.thread());
    } else {
      touched.add(ref.thread(), false);
    }
  }

  private void forget(ThreadId thread) {
    index.remove(thread);
    index.removeDescription(thread);
    touchChildren(thread);
  }

  /// What they have from it is found there once it has come, and in them once it is gone.
  private void touchChildren(ThreadId thread) {
    rows.childrenOf(thread.value()).forEach(child -> touched.add(new ThreadId(child), false));
  }

  /// The thread as it is now: what is live says more than its row. The row is read first, as a
  /// thread may become live in between.
  private Optional<ThreadRow> row(ThreadId thread) {
    return live.row(thread)
        .map(row -> live.seen(thread).map(LiveSnapshot::progress).map(row::with).orElse(row));
  }

  /// What a thread has from its parent is found in the parent, while there is one.
  private long leftOut(ThreadRow row) {
    var parent = row.forkedFromId() == null ? row.parentThreadId() : row.forkedFromId();
    return row.inheritedThrough() == null || parent == null || !rows.existsById(parent)
        ? RolloutLine.NO_ORDINAL
        : row.inheritedThrough();
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }

  /// One way through the lines of a thread that are not indexed yet.
  private static final class Pass {
    /// Other threads have their turn after so much, unless a thread is to change at one stroke.
    private static final int MAX_LINES = 5000;

    private static final long MAX_BYTES = 8L << 20;

    private final ThreadRow row;
    private final SearchIndex index;
    private final Pace pace;
    private final boolean atOnce;
    private final Watermark from;
    private final Transcript transcript;
    private long next;
    private long lines;
    private long bytes;

    /// @param from where to begin
    /// @param atOnce whether nobody is to see a part of it
    Pass(ThreadRow row, Watermark from, boolean atOnce, SearchIndex index, Pace pace) {
      this.row = row;
      this.from = from;
      this.atOnce = atOnce;
      this.index = index;
      this.pace = pace;
      this.transcript = new Transcript(from.place());
      this.next = from.next();
    }

    /// Reads what was acknowledged, and says in the index how far it came.
    ///
    /// @return whether that is all
    boolean run(Rollouts rollouts, RolloutRef ref) throws IOException {
      boolean whole = true;
      try {
        var range = new OrdinalRange(from.next(), row.nextOrdinal() - 1);
        rollouts.forEach(ref, row.orderedBytes(), range, this::line);
      } catch (Enough slice) {
        whole = false;
      } finally {
        index.mark(ref.thread(), from.after(next, items(), transcript.place()));
      }
      return whole;
    }

    /// Whether the row counts as many items as were read: if not, something changed in the middle.
    boolean isAsTheRowSays() {
      return items() == row.itemCount();
    }

    /// Takes the row's word for it.
    void settle(ThreadId thread) {
      index.mark(thread, from.after(next, row.itemCount(), transcript.place()));
    }

    private long items() {
      return from.items() + lines;
    }

    private void line(RolloutLine line) {
      boolean enough = lines >= MAX_LINES || bytes >= MAX_BYTES;
      if (pace.isStopped() || (enough && !atOnce)) {
        throw new Enough();
      }
      var read = transcript.read(line);
      var passage = read.passage();
      if (passage != null && line.ordinal() > from.leftOut()) {
        boolean isTwin = from.mirrors().isTwin(String.valueOf(read.turn()), passage);
        index.add(IndexedItem.of(row, line, read, passage, isTwin));
      }
      next = line.ordinal() + 1;
      lines++;
      bytes += line.bytes().length();
      pace.breathe();
    }

    /// Ends the reading early.
    private static final class Enough extends RuntimeException {
      Enough() {
        super("enough", null, false, false);
      }
    }
  }
}
