package dev.rollbook.codex;

import dev.rollbook.model.Utf8;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.MemoryBudget;
import dev.rollbook.rollout.line.MemoryReservation;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Splits a rollout into its lines and leaves out nothing: all of them together are the file.
final class FileLines implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final InputStream in;
  private final LineSplitter lines;
  private boolean withinLine;

  /// @param room for a line
  FileLines(InputStream in, MemoryReservation room) {
    this.in = in;
    this.lines = new LineSplitter(in, CHUNK, MemoryBudget.MAX_LINE_BYTES).within(room);
  }

  /// The next line, or null at the end.
  @Nullable FileLine next() throws IOException {
    restOfLineTo(OutputStream.nullOutputStream());
    var kind = lines.next();
    if (kind == Kind.NONE) {
      return null;
    }
    withinLine = kind == Kind.PART && !lines.ended();
    var bytes = lines.bytes();
    int start = lines.start() == 0 ? Utf8.byteOrderMark(bytes, 0, bytes.length) : 0;
    return new FileLine(this, bytes, start, lines.ended(), kind == Kind.PART);
  }

  /// Passes on what is left of a line that is too long for memory.
  void restOfLineTo(OutputStream out) throws IOException {
    while (withinLine && lines.next() != Kind.NONE) {
      out.write(lines.bytes());
      if (lines.ended()) {
        out.write('\n');
        withinLine = false;
      }
    }
    withinLine = false;
  }

  /// Passes on all that has not been read as lines yet.
  void copyTo(OutputStream out) throws IOException {
    lines.transferTo(out);
  }

  @Override
  public void close() throws IOException {
    lines.release();
    in.close();
  }
}
