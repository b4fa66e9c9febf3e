package dev.rollbook.imports;

import dev.rollbook.live.ForeignLine;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.source.SourcePiece;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Lines on their way into a thread that lacks them, many in one write.
final class LineBatches {
  private static final int MOST_LINES = 500;
  private static final int MOST_BYTES = 1 << 20;

  private final ThreadId thread;
  private final LiveThreads live;
  private final MemoryReservation room;
  private final Held held;
  private final List<ForeignLine> batch = new ArrayList<>();
  private int bytes;
  private long added;

  /// Says of each line, in order, whether the thread has it.
  interface Held {
    boolean has(RolloutLine line) throws IOException;
  }

  LineBatches(ThreadId thread, LiveThreads live, MemoryReservation room, Held held) {
    this.room = room;
    this.thread = thread;
    this.live = live;
    this.held = held;
  }

  void add(SourcePiece.Line line) throws IOException {
    if (held.has(line.line())) {
      return;
    }
    batch.add(new ForeignLine(line.line(), line.raw()));
    bytes += line.raw().length();
    if (batch.size() >= MOST_LINES || bytes >= MOST_BYTES) {
      flush();
    }
  }

  void flush() {
    if (!batch.isEmpty()) {
      var lines = List.copyOf(batch);
      // They are there once more as what is written; one of a large line also under its new
      // ordinal.
      room.resize(bytes > MOST_BYTES ? 2L * bytes : 0);
      try {
        live.with(thread, to -> to.take(lines));
      } finally {
        room.tryResize(0);
      }
      added += lines.size();
      batch.clear();
      bytes = 0;
    }
  }

  long added() {
    return added;
  }
}
