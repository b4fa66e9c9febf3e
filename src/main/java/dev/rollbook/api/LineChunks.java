package dev.rollbook.api;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.rollout.LineRoom;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a body of any length into whole lines as they arrive, and holds no more of it than one
/// chunk and one line. A line that is too long to be held comes in parts.
final class LineChunks {
  private static final int CHUNK = 32 * 1024;

  /// A long line is there as it grew, as it is taken, and as a line of a rollout.
  private static final int COPIES_PER_LINE = 3;

  private final InputStream in;
  private final long longestLine;
  private final LineRoom room;
  private byte[] buffer = new byte[CHUNK];
  private int filled;
  private boolean over;
  private @Nullable RollbookException tooLong;

  /// Whole lines, or a part of one that is too long.
  static final class Chunk {
    private final byte[] bytes;
    private final @Nullable RollbookException tooLong;
    private final boolean endsLine;

    private Chunk(byte[] bytes, @Nullable RollbookException tooLong, boolean endsLine) {
      this.bytes = bytes;
      this.tooLong = tooLong;
      this.endsLine = endsLine;
    }

    /// Not copied: it is the caller's.
    byte[] bytes() {
      return bytes;
    }

    /// Why the bytes are only a part of a line; null where they are whole lines.
    @Nullable RollbookException tooLong() {
      return tooLong;
    }

    /// Whether the last byte is the end of a line, or of the body.
    boolean endsLine() {
      return endsLine;
    }
  }

  /// @param longestLine bytes of a line without its end
  /// @param room for lines that are longer than a chunk
  LineChunks(InputStream in, long longestLine, LineRoom room) {
    this.in = in;
    this.room = room;
    this.longestLine = longestLine;
  }

  /// Waits for bytes and returns the lines that came with them; null at the end of the body.
  @Nullable Chunk next() throws IOException {
    if (buffer.length == CHUNK) {
      room.hold(0);
    }
    while (!over && tooLong == null) {
      int known = filled;
      if (filled == buffer.length && !grow()) {
        break;
      }
      over = !fill();
      int whole = over ? filled : afterLastLineFeed(known);
      if (whole > 0) {
        return new Chunk(take(whole), null, true);
      }
      // One more may be the first half of CRLF.
      if (filled > longestLine + 1) {
        tooLong = new ItemTooLarge("the line", longestLine);
      }
    }
    return tooLong == null ? null : part(tooLong);
  }

  /// The next bytes of a line that is too long.
  private @Nullable Chunk part(RollbookException why) throws IOException {
    int length = lengthOfPart();
    while (length == 0 && !over) {
      over = !fill();
      length = lengthOfPart();
    }
    boolean ends = over || (length > 0 && buffer[length - 1] == '\n');
    if (ends) {
      tooLong = null;
    }
    return filled == 0 ? null : new Chunk(take(over ? filled : length), why, ends);
  }

  /// Up to the end of the line, or to the last whole UTF-8 sequence.
  private int lengthOfPart() {
    for (int i = 0; i < filled; i++) {
      if (buffer[i] == '\n') {
        return i + 1;
      }
    }
    return Utf8.wholeSequences(buffer, filled);
  }

  /// False where a line needs more memory than there is.
  private boolean grow() {
    int larger = (int) Math.min(2L * filled, longestLine + CHUNK);
    try {
      room.require((long) COPIES_PER_LINE * larger);
    } catch (TooManyRequests full) {
      tooLong = full;
      return false;
    }
    buffer = Arrays.copyOf(buffer, larger);
    return true;
  }

  /// Takes what is there without waiting once something is; false at the end of the body.
  private boolean fill() throws IOException {
    int read = in.read(buffer, filled, buffer.length - filled);
    while (read > 0) {
      filled += read;
      int ready = Math.min(in.available(), buffer.length - filled);
      read = ready == 0 ? 0 : in.read(buffer, filled, ready);
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
  private byte[] take(int length) {
    var lines = Arrays.copyOf(buffer, length);
    int rest = filled - length;
    var next = rest < CHUNK && buffer.length > CHUNK ? new byte[CHUNK] : buffer;
    System.arraycopy(buffer, length, next, 0, rest);
    buffer = next;
    filled = rest;
    return lines;
  }
}
