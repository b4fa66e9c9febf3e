package dev.rollbook.search;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.TranscriptReader;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Indexes one thread, starting at its [IndexWatermark].
///
/// Only the lines after the watermark are read. Then the number of items read so far is compared
/// with the item count of the row. If the numbers differ, lines were inserted before the watermark,
/// and the whole thread is indexed again.
@Component
record ThreadIndexer(
    SearchIndex index,
    Rollouts rollouts,
    LiveThreads live,
    ThreadRepository rows,
    DirtyThreads touched,
    AccessPolicy policy) {
  private static final Logger log = LoggerFactory.getLogger(ThreadIndexer.class);

  /// @param anew whether to index all of it again
  void index(ThreadId thread, boolean anew, IndexThrottle pace) {
    var row = row(thread);
    if (row.isEmpty()) {
      forget(thread);
      return;
    }
    index.addTrigrams(row.get());
    var known = index.mark(thread);
    long leftOut = leftOut(row.get());
    boolean fits =
        !anew
            && known.filter(mark -> mark.isOf(row.get()) && mark.leftOut() == leftOut).isPresent();
    try {
      if (fits) {
        resume(row.get(), known.orElseThrow(), pace);
      } else {
        reindex(row.get(), leftOut, known.isPresent(), pace);
      }
      if (known.isEmpty()) {
        markChildren(thread);
      }
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read for indexing", thread, e);
    }
  }

  /// Whether the row has something that is not indexed.
  boolean isBehind(ThreadRow row) {
    var mark = index.mark(new ThreadId(row.id()));
    return mark.isEmpty()
        || !index.hasTrigrams(row)
        || !mark.get().isOf(row)
        || mark.get().items() != row.counters().itemCount()
        || mark.get().leftOut() != leftOut(row);
  }

  private void resume(ThreadRow row, IndexWatermark mark, IndexThrottle pace) throws IOException {
    if (mark.items() == row.counters().itemCount()) {
      return;
    }
    var pass = new Pass(row, mark, false, index, pace);
    if (!pass.run(rollouts, ref(row))) {
      touched.add(new ThreadId(row.id()), false);
    } else if (!pass.isAsTheRowSays()) {
      reindex(row, mark.leftOut(), true, pace);
    }
  }

  /// @param shown whether searches find the thread now; then they find all of its old documents
  ///   until the new ones replace them
  private void reindex(ThreadRow row, long leftOut, boolean shown, IndexThrottle pace)
      throws IOException {
    var ref = ref(row);
    if (rollouts.size(ref) == 0) {
      return;
    }
    index.remove(ref.thread());
    var pass = new Pass(row, IndexWatermark.start(row, leftOut), shown, index, pace);
    if (pass.run(rollouts, ref)) {
      pass.settle(ref.thread());
    } else {
      touched.add(ref.thread(), false);
    }
  }

  private void forget(ThreadId thread) {
    index.remove(thread);
    index.removeTrigrams(thread);
    markChildren(thread);
  }

  /// Inherited items are found in the parent while it exists, and in its children once it is gone.
  private void markChildren(ThreadId thread) {
    rows.childrenOf(thread.value()).forEach(child -> touched.add(new ThreadId(child), false));
  }

  /// The row with the progress of the live thread. The row is read first, as a thread may become
  /// live in between.
  private Optional<ThreadRow> row(ThreadId thread) {
    return live.row(thread)
        .map(row -> live.seen(thread).map(LiveSnapshot::progress).map(row::with).orElse(row));
  }

  /// The last ordinal of inherited items, which are found in the parent while it exists, unless the
  /// owner of the row does not see it; -1 for none.
  private long leftOut(ThreadRow row) {
    var parent =
        row.lineage().forkedFromId() == null
            ? row.lineage().parentThreadId()
            : row.lineage().forkedFromId();
    var through = row.lineage().inheritedThrough();
    return through == null || parent == null || !isSeenWith(row, parent)
        ? RolloutLine.NO_ORDINAL
        : through;
  }

  /// Whether there is a thread that everybody sees who sees the one of the row.
  private boolean isSeenWith(ThreadRow row, UUID other) {
    return rows.ownerOf(other).filter(policy.of(row.provenance().owner())::sees).isPresent();
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }

  /// One pass over the lines of a thread that are not indexed yet.
  private static final class Pass {
    /// A pass ends after this many lines, so that other threads get their turn.
    private static final int MAX_LINES = 5000;

    private static final long MAX_BYTES = 8L << 20;

    private final ThreadRow row;
    private final SearchIndex index;
    private final IndexThrottle pace;
    private final boolean atOnce;
    private final IndexWatermark from;
    private final TranscriptReader transcript;
    private long next;
    private long lines;
    private long bytes;

    /// @param from where to begin
    /// @param atOnce whether searches must not see a part of the thread; then the pass has no limit
    Pass(
        ThreadRow row, IndexWatermark from, boolean atOnce, SearchIndex index, IndexThrottle pace) {
      this.row = row;
      this.from = from;
      this.atOnce = atOnce;
      this.index = index;
      this.pace = pace;
      this.transcript = new TranscriptReader(from.place());
      this.next = from.next();
    }

    /// Indexes acknowledged lines, and writes the watermark.
    ///
    /// @return whether all lines were read
    boolean run(Rollouts rollouts, RolloutRef ref) throws IOException {
      boolean whole = true;
      try {
        var range = new OrdinalRange(from.next(), row.counters().nextOrdinal() - 1);
        rollouts.forEach(ref, row.storage().orderedBytes(), range, this::line);
      } catch (Enough e) {
        whole = false;
      } finally {
        index.mark(ref.thread(), from.after(next, items(), transcript.position()));
      }
      return whole;
    }

    /// Whether the row counts as many items as were read.
    boolean isAsTheRowSays() {
      return items() == row.counters().itemCount();
    }

    /// Sets the watermark to the number of items in the row.
    void settle(ThreadId thread) {
      index.mark(thread, from.after(next, row.counters().itemCount(), transcript.position()));
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
        index.add(ItemDocument.of(row, line, read, passage, isTwin));
      }
      next = line.ordinal() + 1;
      lines++;
      bytes += line.bytes().length();
      pace.maybePause();
    }

    /// Thrown to end a pass early.
    private static final class Enough extends RuntimeException {
      Enough() {
        super("enough", null, false, false);
      }
    }
  }
}
