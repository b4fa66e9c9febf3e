package dev.rollbook.api;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.LineRoom;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a body of any length into whole lines as they arrive, and holds no more of it than one
/// chunk and one line.
final class LineChunks {
  private static final int CHUNK = 32 * 1024;

  /// A long line is there as it grew, as it is taken, and as a line of a rollout.
  private static final int TIMES = 3;

  private final InputStream in;
  private final long longestLine;
  private final LineRoom room;
  private byte[] buffer = new byte[CHUNK];
  private int filled;
  private boolean over;

  /// @param longestLine bytes of a line without its end
  /// @param room for lines that are longer than a chunk
  LineChunks(InputStream in, long longestLine, LineRoom room) {
    this.in = in;
    this.room = room;
    this.longestLine = longestLine;
  }

  /// Waits for bytes and returns the whole lines that came with them; null at the end of the body.
  ///
  /// @throws ItemTooLarge if a line is too long, though its end has not come yet
  byte @Nullable [] next() throws IOException {
    if (buffer.length == CHUNK) {
      room.hold(0);
    }
    while (!over) {
      int known = filled;
      over = !fill();
      int whole = over ? filled : afterLastLineFeed(known);
      if (whole > 0) {
        return take(whole);
      }
      // One more may be the first half of CRLF.
      if (filled > longestLine + 1) {
        throw new ItemTooLarge("the line", longestLine);
      }
    }
    return null;
  }

  /// Takes what is there without waiting once something is; false at the end of the body.
  private boolean fill() throws IOException {
    if (filled == buffer.length) {
      int larger = (int) Math.min(2L * filled, longestLine + CHUNK);
      room.require((long) TIMES * larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
    int read = in.read(buffer, filled, buffer.length - filled);
    while (read > 0) {
      filled += read;
      int room = Math.min(in.available(), buffer.length - filled);
      read = room == 0 ? 0 : in.read(buffer, filled, room);
    }
    return read == 0;
  }

  private int afterLastLineFeed(int from) {
    for (int i = filled - 1; i >= from; i--) {
      if (buffer[i] == '\n') {
        return i + 1;
      }
    }
    return 0;
  }

  /// A copy, as items are views of it; a buffer that a long line made large is given back.
  private byte[] take(int whole) {
    var lines = Arrays.copyOf(buffer, whole);
    int rest = filled - whole;
    var next = rest < CHUNK && buffer.length > CHUNK ? new byte[CHUNK] : buffer;
    System.arraycopy(buffer, whole, next, 0, rest);
    buffer = next;
    filled = rest;
    return lines;
  }
}
