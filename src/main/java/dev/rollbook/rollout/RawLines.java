package dev.rollbook.rollout;

import java.util.Arrays;

/// Gathers lines as others wrote them until they are written, in no more memory than they need.
public final class RawLines {
  private static final byte[] NONE = new byte[0];

  private byte[] bytes = NONE;
  private int size;

  public void add(RawLine line) {
    line.addTo(this);
  }

  void add(byte[] from, int offset, int length) {
    int end = size + length + 1;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, size + size / 2));
    }
    System.arraycopy(from, offset, bytes, size, length);
    bytes[end - 1] = '\n';
    size = end;
  }

  /// Bytes so far.
  public int size() {
    return size;
  }

  /// All of them; what is added afterwards begins anew.
  public EncodedLines take() {
    var taken = new EncodedLines(bytes, size);
    bytes = NONE;
    size = 0;
    return taken;
  }
}
