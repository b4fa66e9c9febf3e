package dev.rollbook.rollout;

import java.util.Arrays;

/// What some editors put before the first line of a file; it is no part of it.
public final class ByteOrderMark {
  private static final byte[] UTF_8 = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private ByteOrderMark() {}

  /// Length of the mark that the bytes from `from` to `to` begin with, or 0.
  public static int length(byte[] bytes, int from, int to) {
    int mark = UTF_8.length;
    boolean marked = to - from >= mark && Arrays.equals(bytes, from, from + mark, UTF_8, 0, mark);
    return marked ? mark : 0;
  }
}
