package dev.rollbook.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/// Validation of UTF-8. Unpaired surrogates and overlong forms are invalid.
public final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NOT_ASCII = 0x8080808080808080L;
  private static final int DECODE_BUFFER_CHARS = 4096;
  private static final int MAX_SEQUENCE = 4;

  private Utf8() {}

  public static boolean isValid(byte[] bytes, int from, int to) {
    return firstBad(bytes, from, to) == to;
  }

  /// Index of the first invalid sequence; `to` if there is none.
  public static int firstBad(byte[] bytes, int from, int to) {
    int ascii = from;
    while (to - ascii >= Long.BYTES && ((long) LONG.get(bytes, ascii) & NOT_ASCII) == 0) {
      ascii += Long.BYTES;
    }
    while (ascii < to && bytes[ascii] >= 0) {
      ascii++;
    }
    if (ascii == to) {
      return to;
    }
    var decoder = StandardCharsets.UTF_8.newDecoder();
    var in = ByteBuffer.wrap(bytes, ascii, to - ascii);
    var out = CharBuffer.allocate(Math.min(DECODE_BUFFER_CHARS, to - ascii + 1));
    var result = decoder.decode(in, out, true);
    while (result.isOverflow()) {
      result = decoder.decode(in, out.clear(), true);
    }
    return result.isError() ? in.position() : to;
  }

  /// End of the last complete character: before an incomplete sequence at the end.
  public static int endOfLastCharacter(byte[] bytes, int from, int to) {
    int last = to - 1;
    while (last > from && to - last < MAX_SEQUENCE && (bytes[last] & 0xC0) == 0x80) {
      last--;
    }
    if (last < from || bytes[last] >= 0) {
      return to;
    }
    int sequence = Math.max(1, Integer.numberOfLeadingZeros(~(bytes[last] << 24)));
    return to - last < sequence ? last : to;
  }

  /// Index after the character at an index; -1 if it is not one in UTF-8.
  public static int endOfCharacter(byte[] bytes, int at, int to) {
    if (bytes[at] >= 0) {
      return at + 1;
    }
    int length = Integer.numberOfLeadingZeros(~(bytes[at] << 24));
    if (length < 2 || length > MAX_SEQUENCE || to - at < length) {
      return -1;
    }
    int code = bytes[at] & (0xFF >> length);
    for (int next = at + 1; next < at + length; next++) {
      if ((bytes[next] & 0xC0) != 0x80) {
        return -1;
      }
      code = code << 6 | (bytes[next] & 0x3F);
    }
    boolean isValid =
        switch (length) {
          case 2 -> code >= 0x80;
          case 3 -> code >= 0x800 && !Character.isSurrogate((char) code);
          default -> Character.isSupplementaryCodePoint(code);
        };
    return isValid ? at + length : -1;
  }

  /// Length of the byte order mark at the start, which some editors and shells write; or 0.
  public static int byteOrderMark(byte[] bytes, int from, int to) {
    boolean marked =
        to - from >= 3
            && bytes[from] == (byte) 0xEF
            && bytes[from + 1] == (byte) 0xBB
            && bytes[from + 2] == (byte) 0xBF;
    return marked ? 3 : 0;
  }

  /// Index of a byte at the start that makes a JSON parser assume another encoding: a NUL, or the
  /// first byte of a byte order mark; `to` if there is none.
  public static int firstMisleading(byte[] json, int from, int to) {
    for (int i = from; i < Math.min(from + 4, to); i++) {
      if (json[i] == 0 || (i == from && json[i] < 0)) {
        return i;
      }
    }
    return to;
  }
}
