package dev.rollbook.rollout;

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

  void addTo(RawLines lines) {
    lines.add(bytes, offset, length);
  }
}
