package dev.rollbook.source;

import dev.rollbook.rollout.ByteOrderMark;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a stream of bytes into lines, within a bound: a longer line comes in parts.
final class LineBytes implements Closeable {
  /// Bytes of a line that are held in memory: more than any item, with room for old ones.
  static final int LONGEST = 32 << 20;

  private static final int CHUNK = 64 * 1024;

  private final InputStream in;
  private byte[] buffer = new byte[CHUNK];
  private int start;
  private int end;
  private int consumed;
  private boolean atStart;
  private boolean ended;
  private boolean inLongLine;
  private boolean part;

  /// @param atStart whether a byte order mark may come first
  LineBytes(InputStream in, boolean atStart) {
    this.in = in;
    this.atStart = atStart;
  }

  /// The bytes of the next line without its line feed; null at the end.
  byte @Nullable [] next() throws IOException {
    int scanned = 0;
    while (true) {
      int lineFeed = lineFeed(start + scanned);
      if (lineFeed >= 0) {
        return taken(lineFeed - start, 1);
      }
      scanned = end - start;
      if (scanned >= LONGEST) {
        return part(scanned);
      }
      if (!fill()) {
        return scanned == 0 ? null : taken(scanned, 0);
      }
    }
  }

  /// Whether the last line had its line feed.
  boolean ended() {
    return ended;
  }

  /// Whether what came last is a part of a line that is longer than memory allows.
  boolean isPart() {
    return part;
  }

  /// Bytes of the stream that the last line took.
  int consumed() {
    return consumed;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private byte[] taken(int length, int lineFeed) {
    ended = lineFeed == 1;
    part = inLongLine;
    inLongLine = inLongLine && !ended;
    return copy(length, lineFeed);
  }

  private byte[] part(int length) {
    ended = false;
    part = true;
    inLongLine = true;
    return copy(length, 0);
  }

  private byte[] copy(int length, int lineFeed) {
    int mark = atStart ? ByteOrderMark.length(buffer, start, start + length) : 0;
    atStart = false;
    var line = Arrays.copyOfRange(buffer, start + mark, start + length);
    start += length + lineFeed;
    consumed = length + lineFeed;
    return line;
  }

  private int lineFeed(int from) {
    for (int i = from; i < end; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int read = in.read(buffer, end, buffer.length - end);
    end += Math.max(read, 0);
    return read > 0;
  }
}
