package dev.rollbook.rollout;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A line as its file has it, to the byte, without its line feed; a carriage return before that
/// belongs to it.
public final class RawLine {
  private final byte[] bytes;
  private final int offset;
  private final int length;

  /// @param bytes must not be changed afterwards
  public RawLine(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  public int length() {
    return length;
  }

  public byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /// A part of it: a view of the same bytes.
  ByteBuffer bytes(int from, int to) {
    return ByteBuffer.wrap(bytes, offset + from, to - from);
  }

  /// The place, at it or up to three bytes before it, where no character is cut.
  int characterEnd(int place) {
    int end = place;
    while (end < length && end > place - 3 && end > 0 && (bytes[offset + end] & 0xC0) == 0x80) {
      end--;
    }
    return end;
  }

  /// The same line with another ordinal.
  public RawLine renumbered(long ordinal) {
    return Renumbering.of(toByteArray(), ordinal);
  }

  /// The same line with the first of some bytes replaced, where it has them.
  public RawLine with(byte[] before, byte[] after) {
    var line = toByteArray();
    for (int at = 0; at + before.length <= line.length; at++) {
      if (Arrays.equals(line, at, at + before.length, before, 0, before.length)) {
        var changed = new byte[line.length - before.length + after.length];
        System.arraycopy(line, 0, changed, 0, at);
        System.arraycopy(after, 0, changed, at, after.length);
        int rest = at + before.length;
        System.arraycopy(line, rest, changed, at + after.length, line.length - rest);
        return new RawLine(changed, 0, changed.length);
      }
    }
    return this;
  }

  void addTo(RawLines lines) {
    lines.add(bytes, offset, length);
  }
}
