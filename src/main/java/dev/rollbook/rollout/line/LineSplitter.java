package dev.rollbook.rollout.line;

import dev.rollbook.model.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Splits bytes into lines, in bounded memory: a line that is longer than a limit comes in parts,
/// none of which ends within a character.
///
/// The buffer grows for a long line and shrinks behind it. Memory for that is taken from a
/// [MemoryReservation] first, and so is the copy that the caller gets. Where there is none, [#next]
/// throws and may be called again, or [#nextPart] instead.
public final class LineSplitter {
  /// So many NULs in a row are a run.
  public static final int RUN = 64;

  private static final int MAX_PART = 256 * 1024;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long LINE_FEEDS = 0x0A0A0A0A0A0A0A0AL;

  private static final byte[] NONE = new byte[0];

  /// A buffer that grows is there as it was and as it is; then the line is copied out of it, and
  /// something is made of the copy.
  private static final int TIMES = 2;

  /// What came last.
  public enum Kind {
    LINE,
    /// A part of a line that is too long, its last one too.
    PART,
    /// A run of NULs, and the line feed behind it.
    NULS,
    /// The end, or nothing that can be had without waiting.
    NONE
  }

  /// Reads bytes at a place: as many as are wanted or fewer, none or -1 at the end.
  public interface Input {
    int read(byte[] target, int offset, int length, long at) throws IOException;
  }

  private final Input in;
  private final int ordinarySize;
  private final int longest;
  private MemoryReservation room = MemoryReservation.UNLIMITED;
  private int run = Integer.MAX_VALUE;
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

  /// Takes what has arrived once something has. Does not close the stream.
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

  /// From now on memory for long lines is taken from there.
  public LineSplitter within(MemoryReservation given) {
    room = given;
    return this;
  }

  /// From now on a run of NULs ends a line: a crash of the machine leaves blocks of them, often
  /// behind a whole line that lacks its line feed.
  public LineSplitter splittingAtNuls() {
    run = RUN;
    return this;
  }

  /// Waits for the next piece; [Kind#NONE] at the end.
  public Kind next() throws IOException {
    return next(true);
  }

  /// The next line if all of it is in the buffer.
  public Kind nextBuffered() throws IOException {
    return next(false);
  }

  /// The next piece of a line that is not to be held as a whole.
  public Kind nextPart() throws IOException {
    withinLongLine = true;
    return next(true);
  }

  /// Passes by all up to the next line feed, with it.
  public void skipLine() throws IOException {
    Kind kind;
    do {
      kind = nextPart();
    } while (kind != Kind.NONE && !ended);
  }

  /// Passes on all that has not come as a piece.
  public void transferTo(OutputStream out) throws IOException {
    do {
      out.write(buffer, start, end - start);
      position += end - start;
      start = end;
    } while (fill());
  }

  /// Goes to another place of the input.
  public void moveTo(long place) {
    position = place;
    start = 0;
    end = 0;
    withinLongLine = false;
  }

  /// Gives back the memory that it takes.
  public void release() {
    moveTo(position);
    buffer = NONE;
    bytes = NONE;
    room.tryResize(0);
  }

  /// A copy of the last line or part, without its line feed.
  public byte[] bytes() {
    return bytes;
  }

  /// Whether a line feed ended the last piece.
  public boolean ended() {
    return ended;
  }

  /// Where the last piece began.
  public long start() {
    return pieceStart;
  }

  /// Where the last piece ended, behind its line feed.
  public long position() {
    return position;
  }

  private Kind next(boolean waiting) throws IOException {
    if (waiting) {
      shrink(0);
      if (buffer.length <= ordinarySize) {
        room.tryResize(0);
      }
    }
    bytes = NONE;
    int most =
        withinLongLine ? Math.min(MAX_PART, Math.max(buffer.length, ordinarySize)) - 1 : longest;
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
        if (nuls == run) {
          int before = at + 1 - run - start;
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

  /// Eight at a time passes over what is neither a line feed nor a NUL.
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
    take(Utf8.endOfLastCharacter(buffer, start, start + Math.min(length, MAX_PART)) - start, 0);
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
    // The line feed behind a run belongs to it: there is nothing else in its line.
    ended = start < end && buffer[start] == '\n';
    start += ended ? 1 : 0;
    position += ended ? 1 : 0;
    withinLongLine = false;
    return Kind.NULS;
  }

  /// What a long line made large is not kept for short ones.
  ///
  /// @param length of the copy that was taken
  private void shrink(int length) {
    if (buffer.length > ordinarySize && end - start <= ordinarySize) {
      var small = new byte[ordinarySize];
      System.arraycopy(buffer, start, small, 0, end - start);
      end -= start;
      start = 0;
      buffer = small;
      room.tryResize((long) TIMES * length);
    }
  }

  /// Makes room for at least one more byte, and reads.
  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      int larger = (int) Math.min(Math.max(ordinarySize, 2L * end), (long) longest + ordinarySize);
      room.resize((long) TIMES * larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
    // A little at a time, so that little is left over behind a long line.
    int free = Math.min(ordinarySize, buffer.length - end);
    int read = in.read(buffer, end, free, position + (end - start));
    end += Math.max(read, 0);
    return read > 0;
  }
}
