package dev.rollbook.source;

import dev.rollbook.rollout.ByteOrderMark;
import dev.rollbook.rollout.LineLimit;
import dev.rollbook.rollout.LineRoom;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts a stream of bytes into lines, and those into what can be held in memory: a line that is
/// longer than [LineLimit#BYTES] comes in parts, a run of NULs as its length.
///
/// A crash of the machine leaves blocks of NULs, often behind a whole line that lacks its end; JSON
/// has none, so that they end a line.
final class LineBytes implements Closeable {
  /// So many NULs in a row are a run.
  static final int RUN = 64;

  private static final int CHUNK = 64 * 1024;
  private static final int PART = 1 << 20;

  /// What came last.
  enum Kind {
    /// A line, or what stands before or behind a run of NULs in it.
    TEXT,
    /// A part of a line that is too long.
    PART,
    NULS,
    END
  }

  private final InputStream in;
  private final LineRoom room;
  private byte[] buffer = new byte[CHUNK];
  private int start;
  private int end;
  private boolean atStart;
  private boolean inLongLine;
  private byte[] bytes = new byte[0];
  private long consumed;
  private boolean ended;

  /// @param atStart whether a byte order mark may come first
  /// @param room for the line that came last
  LineBytes(InputStream in, boolean atStart, LineRoom room) {
    this.in = in;
    this.atStart = atStart;
    this.room = room;
  }

  Kind next() throws IOException {
    bytes = new byte[0];
    if (buffer.length <= CHUNK) {
      room.hold(0);
    }
    int most = inLongLine ? PART : LineLimit.BYTES;
    int nuls = 0;
    for (int length = 0; ; length++) {
      if (start + length == end && !fill()) {
        return length == 0 ? Kind.END : text(length, 0);
      }
      byte b = buffer[start + length];
      nuls = b == 0 ? nuls + 1 : 0;
      if (b == '\n') {
        return text(length, 1);
      } else if (nuls == RUN) {
        return length + 1 == RUN ? nuls() : text(length + 1 - RUN, 0);
      } else if (length == most) {
        inLongLine = true;
        return take(withoutHalfCharacter(Math.min(length, PART)), 0, Kind.PART);
      }
    }
  }

  /// The bytes of a text or a part, without a line feed.
  byte[] bytes() {
    return bytes;
  }

  /// Bytes of the stream that what came last took.
  long consumed() {
    return consumed;
  }

  /// Whether a line ended with what came last.
  boolean ended() {
    return ended;
  }

  @Override
  public void close() throws IOException {
    room.hold(0);
    in.close();
  }

  private Kind text(int length, int lineFeed) {
    var kind = inLongLine ? Kind.PART : Kind.TEXT;
    inLongLine = false;
    return take(length, lineFeed, kind);
  }

  private Kind take(int length, int lineFeed, Kind kind) {
    int mark = atStart ? ByteOrderMark.length(buffer, start, start + length) : 0;
    atStart = false;
    bytes = Arrays.copyOfRange(buffer, start + mark, start + length);
    start += length + lineFeed;
    consumed = (long) length + lineFeed;
    ended = lineFeed == 1;
    giveBack(length);
    return kind;
  }

  private Kind nuls() throws IOException {
    long count = 0;
    do {
      while (start < end && buffer[start] == 0) {
        start++;
        count++;
      }
    } while (start == end && fill());
    // The line feed behind a run belongs to it: there is nothing else in its line.
    ended = start < end && buffer[start] == '\n';
    start += ended ? 1 : 0;
    atStart = false;
    inLongLine = false;
    consumed = count + (ended ? 1 : 0);
    return Kind.NULS;
  }

  /// So that each part of a text is text.
  private int withoutHalfCharacter(int length) {
    int to = length;
    while (to > length - 4 && (buffer[start + to] & 0xC0) == 0x80) {
      to--;
    }
    return to;
  }

  /// What a long line made large is not kept for short ones.
  private void giveBack(int length) {
    if (buffer.length > CHUNK && end - start <= CHUNK) {
      var small = new byte[CHUNK];
      System.arraycopy(buffer, start, small, 0, end - start);
      end -= start;
      start = 0;
      buffer = small;
      room.hold(length);
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
      int larger = (int) Math.min(2L * buffer.length, (long) LineLimit.BYTES + CHUNK);
      // The buffer is there as it was and as it is; then the line is copied out of it.
      room.require(2L * larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
    // A little at a time, so that little is left over behind a long line.
    int read = in.read(buffer, end, Math.min(CHUNK, buffer.length - end));
    end += Math.max(read, 0);
    return read > 0;
  }
}
