package dev.rollbook.codex;

import dev.rollbook.rollout.ByteOrderMark;
import dev.rollbook.rollout.LineLimit;
import dev.rollbook.rollout.LineRoom;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Splits a rollout into its lines and leaves out nothing: all of them together are the file.
final class FileLines implements Closeable {
  private static final int CHUNK = 64 * 1024;
  private static final int SHORT = 512;

  private final InputStream in;
  private final LineRoom room;
  private final byte[] buffer = new byte[CHUNK];
  private int at;
  private int end;
  private boolean first = true;
  private boolean withinLine;

  /// @param room for a line
  FileLines(InputStream in, LineRoom room) {
    this.in = in;
    this.room = room;
  }

  /// The next line with its line feed, or null at the end.
  @Nullable FileLine next() throws IOException {
    restOfLineTo(OutputStream.nullOutputStream());
    room.hold(0);
    var line = new byte[SHORT];
    int length = 0;
    withinLine = true;
    while (withinLine && length <= LineLimit.BYTES && fill()) {
      int to = afterLineFeed();
      line = withRoom(line, length, to - at);
      System.arraycopy(buffer, at, line, length, to - at);
      length += to - at;
      at = to;
      withinLine = buffer[to - 1] != '\n';
    }
    if (length == 0) {
      return null;
    }
    var bytes = Arrays.copyOf(line, length);
    int start = first ? ByteOrderMark.length(bytes, 0, bytes.length) : 0;
    first = false;
    return new FileLine(this, bytes, start);
  }

  /// A large line is there as it was and as it is while it grows; what is made of it is as large.
  private byte[] withRoom(byte[] line, int length, int more) {
    if (length + more <= line.length) {
      return line;
    }
    int larger = Math.max(length + more, Math.min(2 * length, LineLimit.BYTES + 2 * CHUNK));
    room.require(larger > CHUNK ? 3L * larger : 0);
    return Arrays.copyOf(line, larger);
  }

  /// Passes on what is left of a line that is too long for memory.
  void restOfLineTo(OutputStream out) throws IOException {
    while (withinLine && fill()) {
      int to = afterLineFeed();
      out.write(buffer, at, to - at);
      at = to;
      withinLine = buffer[to - 1] != '\n';
    }
    withinLine = false;
  }

  /// Passes on all that has not been read as lines yet.
  void copyTo(OutputStream out) throws IOException {
    out.write(buffer, at, end - at);
    at = end;
    in.transferTo(out);
  }

  @Override
  public void close() throws IOException {
    room.hold(0);
    in.close();
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
    }
    return at < end;
  }

  private int afterLineFeed() {
    int to = at;
    while (to < end && buffer[to] != '\n') {
      to++;
    }
    return Math.min(end, to + 1);
  }
}
