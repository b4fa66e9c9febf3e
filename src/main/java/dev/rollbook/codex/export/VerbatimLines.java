package dev.rollbook.codex.export;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.Utf8;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Splits a rollout into lines that can be copied byte for byte. Line feeds, carriage returns and a
/// byte order mark belong to the lines, so that all lines together are exactly the file.
///
/// Only the beginning of a line that is too long for memory is loaded. Such a line cannot be
/// parsed, and is copied unchanged.
final class VerbatimLines implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final InputStream in;
  private final LineSplitter splitter;
  private boolean withinLine;

  /// @param room memory for a line
  VerbatimLines(InputStream in, MemoryReservation room) {
    this.in = in;
    this.splitter = new LineSplitter(in, CHUNK, MemoryBudget.MAX_LINE_BYTES).within(room);
  }

  /// A line with its line feed.
  final class Line {
    private final byte[] bytes;
    private final int start;
    private final boolean ended;
    private final boolean tooLong;

    /// @param start of the line, after a byte order mark
    /// @param ended whether a line feed follows the bytes
    /// @param tooLong whether the bytes are only the beginning
    private Line(byte[] bytes, int start, boolean ended, boolean tooLong) {
      this.bytes = bytes;
      this.start = start;
      this.ended = ended;
      this.tooLong = tooLong;
    }

    /// Empty if the line cannot be parsed. The ordinal is the one in the line itself.
    Optional<RolloutLine> parse() {
      return tooLong ? Optional.empty() : RolloutLine.parseTrimmed(bytes, start);
    }

    /// Whether the line is valid UTF-8. Codex refuses a thread with a line that is not.
    boolean isText() {
      return tooLong || Utf8.isValid(bytes, start, bytes.length);
    }

    /// Whether a crash of the machine left NUL bytes in the line.
    boolean hasNuls() {
      for (byte b : bytes) {
        if (b == 0) {
          return true;
        }
      }
      return false;
    }

    boolean isTooLong() {
      return tooLong;
    }

    /// Number of bytes of the line that are in memory.
    int length() {
      return bytes.length + (ended ? 1 : 0);
    }

    /// Must be called before the next line is read.
    void writeTo(OutputStream out) throws IOException {
      out.write(bytes);
      if (ended) {
        out.write('\n');
      }
      copyRestOfLine(out);
    }
  }

  /// The next line, or null at the end.
  @Nullable Line next() throws IOException {
    copyRestOfLine(OutputStream.nullOutputStream());
    var kind = splitter.next();
    if (kind == Kind.NONE) {
      return null;
    }
    withinLine = kind == Kind.PART && !splitter.ended();
    var bytes = splitter.bytes();
    int start = splitter.start() == 0 ? Utf8.byteOrderMark(bytes, 0, bytes.length) : 0;
    return new Line(bytes, start, splitter.ended(), kind == Kind.PART);
  }

  private void copyRestOfLine(OutputStream out) throws IOException {
    while (withinLine && splitter.next() != Kind.NONE) {
      out.write(splitter.bytes());
      if (splitter.ended()) {
        out.write('\n');
        withinLine = false;
      }
    }
    withinLine = false;
  }

  /// Copies everything after the lines that were read.
  void copyTo(OutputStream out) throws IOException {
    splitter.transferTo(out);
  }

  @Override
  public void close() throws IOException {
    splitter.release();
    in.close();
  }
}
