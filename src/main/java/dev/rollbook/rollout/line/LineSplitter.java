package dev.rollbook.rollout.line;

import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.text.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Splits bytes into lines, with limited memory. A line longer than the limit is returned in parts.
/// No part ends within a UTF-8 character.
///
/// The buffer grows for a long line, and shrinks after the line. Before the buffer grows, memory is
/// reserved for the buffer and for the copy that the caller gets. If this memory cannot be
/// reserved, [#next] throws. The caller may then call [#next] again later, or [#nextPart], which
/// returns the line in parts.
public final class LineSplitter {
  /// Shortest sequence of NULs that ends a line.
  public static final int MIN_NUL_RUN = 64;

  private static final int MAX_PART_BYTES = 256 * 1024;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long LINE_FEEDS = 0x0A0A0A0A0A0A0A0AL;

  private static final byte[] NONE = new byte[0];

  /// While a buffer grows, the old and the new one exist; then the line is copied and decoded.
  private static final int BYTES_PER_LINE_BYTE = 2;

  /// What [#next] found.
  public enum Kind {
    LINE,
    /// A part of a line that is too long, including its last one.
    PART,
    /// A run of NULs with the line feed after it.
    NULS,
    /// The end of the input or, from [#nextBuffered], no whole line in the buffer.
    NONE
  }

  /// Reads up to `length` bytes at a position; 0 or -1 at the end.
  public interface Input {
    int read(byte[] target, int offset, int length, long at) throws IOException;
  }

  private final Input in;
  private final int ordinarySize;
  private final int longest;
  private MemoryReservation reservation = MemoryReservation.UNLIMITED;
  private int minNulRun = Integer.MAX_VALUE;
  private byte[] buffer;
  private int start;
  private int end;
  private boolean withinLongLine;

  private long position;
  private long pieceStart;
  private byte[] bytes = NONE;
  private boolean ended;

  /// @param size of the buffer while no line is longer
  /// @param longest line in bytes, without its line feed
  public LineSplitter(Input in, int size, int longest) {
    this.in = in;
    this.ordinarySize = size;
    this.longest = longest;
    this.buffer = new byte[size];
  }

  /// Reads what has arrived as soon as something has. Does not close the stream.
  public LineSplitter(InputStream in, int size, int longest) {
    this((target, offset, length, at) -> arrived(in, target, offset, length), size, longest);
  }

  private static int arrived(InputStream in, byte[] target, int offset, int length)
      throws IOException {
    int filled = 0;
    int read = in.read(target, offset, length);
    while (read > 0) {
      filled += read;
      int ready = Math.min(in.available(), length - filled);
      read = ready == 0 ? 0 : in.read(target, offset + filled, ready);
    }
    return filled;
  }

  /// Reserves memory for long lines in the given reservation, from now on.
  public LineSplitter within(MemoryReservation given) {
    reservation = given;
    return this;
  }

  /// Lets a run of NULs end a line, from now on, because a crash of the machine leaves blocks of
  /// NULs, often after a whole line that lacks its line feed.
  public LineSplitter splittingAtNuls() {
    minNulRun = MIN_NUL_RUN;
    return this;
  }

  /// Blocks until the next line or part; [Kind#NONE] at the end.
  public Kind next() throws IOException {
    return next(true);
  }

  /// The next line if all of it is in the buffer.
  public Kind nextBuffered() throws IOException {
    return next(false);
  }

  /// The next part of a line that is not read as a whole.
  public Kind nextPart() throws IOException {
    withinLongLine = true;
    return next(true);
  }

  /// Takes whole lines, without their copies that [#next] makes.
  public interface LineTaker {
    /// @param bytes whole lines with their line feeds; must not be used afterwards
    /// @return index after the lines that were taken
    int take(byte[] bytes, int from, int to) throws IOException;
  }

  /// Passes the whole lines in the buffer; reads first if there are none.
  ///
  /// @return false if no line was taken, or no whole line fits the buffer
  public boolean take(LineTaker taker) throws IOException {
    releaseLine();
    bytes = NONE;
    if (endOfLines() == start && end - start < buffer.length) {
      fill();
    }
    int to = endOfLines();
    int taken = to == start ? 0 : taker.take(buffer, start, to) - start;
    start += taken;
    position += taken;
    return taken > 0;
  }

  private int endOfLines() {
    int to = end;
    while (to > start && buffer[to - 1] != '\n') {
      to--;
    }
    return to;
  }

  /// Skips everything up to and including the next line feed.
  public void skipLine() throws IOException {
    Kind kind;
    do {
      kind = nextPart();
    } while (kind != Kind.NONE && !ended);
  }

  /// Writes everything that was not returned as a line or part.
  public void transferTo(OutputStream out) throws IOException {
    do {
      out.write(buffer, start, end - start);
      position += end - start;
      start = end;
    } while (fill());
  }

  /// Seeks to a position of the input.
  public void moveTo(long target) {
    position = target;
    start = 0;
    end = 0;
    withinLongLine = false;
  }

  /// Releases the buffer and its reservation.
  public void release() {
    moveTo(position);
    buffer = NONE;
    bytes = NONE;
    reservation.tryResize(0);
  }

  /// A copy of the last line or part, without its line feed.
  public byte[] bytes() {
    return bytes;
  }

  /// Whether a line feed ended the last line or part.
  public boolean ended() {
    return ended;
  }

  /// Position where the last line or part began.
  public long start() {
    return pieceStart;
  }

  /// Position after the last line or part and its line feed.
  public long position() {
    return position;
  }

  private Kind next(boolean waiting) throws IOException {
    if (waiting) {
      releaseLine();
    }
    bytes = NONE;
    int most =
        withinLongLine
            ? Math.min(MAX_PART_BYTES, Math.max(buffer.length, ordinarySize)) - 1
            : longest;
    int length = 0;
    int nuls = 0;
    while (true) {
      int to = Math.min(end, start + most + 1);
      for (int at = start + length; at < to; at++) {
        byte b = buffer[at];
        if (b == '\n') {
          return line(at - start, 1);
        }
        nuls = b == 0 ? nuls + 1 : 0;
        if (nuls == minNulRun) {
          int before = at + 1 - minNulRun - start;
          return before == 0 ? nuls() : line(before, 0);
        }
        if (nuls == 0) {
          at = skipPlain(buffer, at + 1, to) - 1;
        }
      }
      length = to - start;
      if (length > most) {
        return waiting ? part(length) : nothing();
      }
      if (!waiting || !fill()) {
        return length == 0 || !waiting ? nothing() : line(length, 0);
      }
    }
  }

  /// Skips bytes that are neither line feeds nor NULs, eight at a time.
  private static int skipPlain(byte[] bytes, int from, int to) {
    int at = from;
    while (to - at >= Long.BYTES) {
      long eight = (long) LONG.get(bytes, at);
      long lineFeeds = eight ^ LINE_FEEDS;
      if (((((eight - ONES) & ~eight) | ((lineFeeds - ONES) & ~lineFeeds)) & HIGH_BITS) != 0) {
        break;
      }
      at += Long.BYTES;
    }
    return at;
  }

  private void releaseLine() {
    shrink(0);
    if (buffer.length <= ordinarySize) {
      reservation.tryResize(0);
    }
  }

  private Kind nothing() {
    pieceStart = position;
    ended = false;
    return Kind.NONE;
  }

  private Kind line(int length, int lineFeed) {
    var kind = withinLongLine ? Kind.PART : Kind.LINE;
    withinLongLine = false;
    take(length, lineFeed);
    return kind;
  }

  private Kind part(int length) {
    withinLongLine = true;
    take(
        Utf8.endOfLastCharacter(buffer, start, start + Math.min(length, MAX_PART_BYTES)) - start,
        0);
    return Kind.PART;
  }

  private void take(int length, int lineFeed) {
    bytes = Arrays.copyOfRange(buffer, start, start + length);
    start += length + lineFeed;
    pieceStart = position;
    position += length + lineFeed;
    ended = lineFeed == 1;
    shrink(length);
  }

  private Kind nuls() throws IOException {
    pieceStart = position;
    do {
      int from = start;
      while (start < end && buffer[start] == 0) {
        start++;
      }
      position += start - from;
    } while (start == end && fill());
    // The line feed after a run of NULs belongs to the run, because nothing else is in its line.
    ended = start < end && buffer[start] == '\n';
    start += ended ? 1 : 0;
    position += ended ? 1 : 0;
    withinLongLine = false;
    return Kind.NULS;
  }

  /// Shrinks a buffer that grew for a long line.
  ///
  /// @param length of the copy that was taken
  private void shrink(int length) {
    if (buffer.length > ordinarySize && end - start <= ordinarySize) {
      var small = new byte[ordinarySize];
      System.arraycopy(buffer, start, small, 0, end - start);
      end -= start;
      start = 0;
      buffer = small;
      reservation.tryResize((long) BYTES_PER_LINE_BYTE * length);
    }
  }

  /// Makes space for at least one more byte, and reads.
  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      int larger = (int) Math.min(Math.max(ordinarySize, 2L * end), (long) longest + ordinarySize);
      reservation.resize((long) BYTES_PER_LINE_BYTE * larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
    // Reads little at a time, so that few bytes are left in the buffer after a long line.
    int free = Math.min(ordinarySize, buffer.length - end);
    int read = in.read(buffer, end, free, position + (end - start));
    end += Math.max(read, 0);
    return read > 0;
  }
}
