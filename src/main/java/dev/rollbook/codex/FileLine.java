package dev.rollbook.codex;

import dev.rollbook.rollout.RolloutLine;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// One line of a rollout with every byte that it has, its end too, for who passes it on.
final class FileLine {
  private final byte[] bytes;
  private final int start;

  /// @param start where the line begins behind a byte order mark
  FileLine(byte[] bytes, int start) {
    this.bytes = bytes;
    this.start = start;
  }

  /// What it holds, if it can be read. Its ordinal is what the line itself says.
  Optional<RolloutLine> read() {
    int end = bytes.length;
    while (end > start && isTrimmed(bytes[end - 1])) {
      end--;
    }
    return end == start ? Optional.empty() : RolloutLine.parse(bytes, start, end - start);
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
  }

  int length() {
    return bytes.length;
  }

  private static boolean isTrimmed(byte b) {
    return b == '\n' || b == '\r' || b == ' ';
  }
}
