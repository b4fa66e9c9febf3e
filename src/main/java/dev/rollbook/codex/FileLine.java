package dev.rollbook.codex;

import dev.rollbook.model.Utf8;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// One line of a rollout with every byte that it has, its end too, for who passes it on.
///
/// Of one that is too long for memory only the beginning is held: it cannot be looked into, and is
/// passed on as it is.
final class FileLine {
  private final FileLines lines;
  private final byte[] bytes;
  private final int start;
  private final boolean ended;
  private final boolean tooLong;

  /// @param start where the line begins behind a byte order mark
  /// @param ended whether a line feed is behind the bytes
  /// @param tooLong whether they are only the beginning
  FileLine(FileLines lines, byte[] bytes, int start, boolean ended, boolean tooLong) {
    this.lines = lines;
    this.bytes = bytes;
    this.start = start;
    this.ended = ended;
    this.tooLong = tooLong;
  }

  /// What it holds, if it can be read. Its ordinal is what the line itself says.
  Optional<RolloutLine> read() {
    int from = start;
    int end = bytes.length;
    while (end > from && isTrimmed(bytes[end - 1])) {
      end--;
    }
    while (from < end && bytes[from] == 0) {
      from++;
    }
    return end == from || isTooLong()
        ? Optional.empty()
        : RolloutLine.parse(bytes, from, end - from);
  }

  /// Whether Codex can read it as text: one record that is no UTF-8 makes it refuse the thread.
  boolean isText() {
    return isTooLong() || Utf8.isValid(bytes, start, bytes.length);
  }

  /// Whether a crash of the machine has left NULs around it.
  boolean hasNuls() {
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }

  /// Whether only its beginning is held.
  boolean isTooLong() {
    return tooLong;
  }

  /// Bytes of it that are held.
  int length() {
    return bytes.length + (ended ? 1 : 0);
  }

  /// To be called before the next line is asked for.
  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
    if (ended) {
      out.write('\n');
    }
    lines.restOfLineTo(out);
  }

  private static boolean isTrimmed(byte b) {
    return b == '\r' || b == ' ' || b == 0;
  }
}
