package dev.rollbook.search;

import dev.rollbook.history.Transcript;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.OrdinalRange;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;

/// One way through the lines of a thread that are not indexed yet.
final class ThreadPass {
  /// Other threads have their turn after so much, unless a thread is to change at one stroke.
  private static final int SLICE_LINES = 5000;

  private static final long SLICE_BYTES = 8L << 20;

  private final ThreadRow row;
  private final SearchIndex index;
  private final Pace pace;
  private final boolean atOneStroke;
  private final Watermark from;
  private final Transcript transcript;
  private long next;
  private long lines;
  private long bytes;

  /// @param from where to begin
  /// @param atOneStroke whether nobody is to see a part of it
  ThreadPass(ThreadRow row, Watermark from, boolean atOneStroke, SearchIndex index, Pace pace) {
    this.row = row;
    this.from = from;
    this.atOneStroke = atOneStroke;
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
    boolean enough = lines >= SLICE_LINES || bytes >= SLICE_BYTES;
    if (pace.isStopped() || (enough && !atOneStroke)) {
      throw new Enough();
    }
    var read = transcript.read(line);
    var passage = read.passage();
    if (passage != null && line.ordinal() > from.leftOut()) {
      boolean isTwin = from.repeats().isTwin(String.valueOf(read.turn()), passage);
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
