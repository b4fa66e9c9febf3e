package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.codex.ExportedLineId;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.rollout.RolloutReader;
import dev.rollbook.rollout.line.ForeignLine;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares a source file (a rollout of Codex) with a thread, and appends the lines that the thread
/// lacks.
///
/// The source file is compared with the thread's rollout line by line. Usually their common lines
/// are in the same order, and only the current line is in memory. The order may differ if lines
/// were added in Rollbook. After the first difference, the rest of the rollout is loaded into a
/// [LineMultiset], and the order of lines is ignored.
final class LineAppender {
  private static final int MAX_LINES = 500;
  private static final int MAX_BYTES = 1 << 20;

  private final Access access;
  private final ThreadId thread;
  private final LiveThreads live;
  private final MemoryReservation room;
  private final @Nullable RolloutReader existing;
  private @Nullable LineMultiset rest;
  private final List<ForeignLine> batch = new ArrayList<>();
  private int bytes;
  private long appended;

  /// @param existing lines of the thread; null if the thread has no line of the source
  LineAppender(
      Access access,
      ThreadId thread,
      LiveThreads live,
      MemoryReservation room,
      @Nullable RolloutReader existing) {
    this.access = access;
    this.thread = thread;
    this.live = live;
    this.room = room;
    this.existing = existing;
  }

  /// Appends the lines of a source that the thread lacks. If the thread has lines of the source,
  /// the source must be read from its beginning.
  ///
  /// @return number of appended lines
  long append(SourceLines source) throws IOException {
    for (var line = source.next(); line != null; line = source.next()) {
      if (existing == null || !exists(line.line(), existing)) {
        batch.add(new ForeignLine(line.line(), line.raw()));
        bytes += line.raw().length();
        if (batch.size() >= MAX_LINES || bytes >= MAX_BYTES) {
          flush();
        }
      }
    }
    flush();
    return appended;
  }

  private boolean exists(RolloutLine line, RolloutReader rollout) throws IOException {
    if (ExportedLineId.isOn(line)) {
      return true;
    }
    if (rest == null) {
      var next = rollout.next();
      if (next != null && (LineMultiset.isSame(next, line) || differsInOwner(next, line))) {
        return true;
      }
      rest = new LineMultiset();
      for (; next != null; next = rollout.next()) {
        rest.add(next);
      }
    }
    return rest.take(line);
  }

  /// Whether both are the first line of the thread, in which an import sets the owner.
  private boolean differsInOwner(RolloutLine copy, RolloutLine line) {
    return copy.isMetaOf(thread)
        && line.isMetaOf(thread)
        && SessionMetaEditor.differInOwner(copy, line);
  }

  private void flush() {
    if (batch.isEmpty()) {
      return;
    }
    var lines = List.copyOf(batch);
    // The append holds the bytes a second time, those of a renumbered large line a third time.
    room.resize(bytes > MAX_BYTES ? 2L * bytes : 0);
    try {
      live.with(access, thread, to -> to.appendForeign(lines));
    } finally {
      room.tryResize(0);
    }
    appended += lines.size();
    batch.clear();
    bytes = 0;
  }
}
