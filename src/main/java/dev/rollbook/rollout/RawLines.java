package dev.rollbook.rollout;

import java.io.ByteArrayOutputStream;

/// Gathers lines as others wrote them until they are written.
public final class RawLines {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  public void add(RawLine line) {
    line.addTo(this);
  }

  void add(byte[] from, int offset, int length) {
    bytes.write(from, offset, length);
    bytes.write('\n');
  }

  /// Bytes so far.
  public int size() {
    return bytes.size();
  }

  /// All of them; what is added afterwards begins anew.
  public EncodedLines take() {
    var taken = bytes.toByteArray();
    bytes.reset();
    return new EncodedLines(taken, taken.length);
  }
}
