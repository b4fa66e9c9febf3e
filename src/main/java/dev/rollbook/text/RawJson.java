package dev.rollbook.text;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A JSON value in its original bytes, as a view of a byte array. The value is copied without being
/// parsed and serialized again.
///
/// Only line breaks are removed. In valid JSON they occur only between tokens, and they would split
/// the line of a rollout.
public final class RawJson {
  private static final int UNCOUNTED = -1;

  private final byte[] bytes;
  private final int offset;
  private final int length;

  /// Counted lazily, as most values that are read are never copied.
  private int lineBreaks = UNCOUNTED;

  /// @param bytes must not be modified afterwards
  public RawJson(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  /// A value without line breaks.
  public static RawJson ofOneLine(byte[] bytes, int offset, int length) {
    var json = new RawJson(bytes, offset, length);
    json.lineBreaks = 0;
    return json;
  }

  public static RawJson of(byte[] json) {
    return new RawJson(json, 0, json.length);
  }

  public static RawJson of(String json) {
    return of(json.getBytes(StandardCharsets.UTF_8));
  }

  public static @Nullable RawJson ofNullable(@Nullable String json) {
    return json == null ? null : of(json);
  }

  /// The value as a text; null for null.
  public static @Nullable String text(@Nullable RawJson json) {
    return json == null ? null : json.toString();
  }

  /// Number of bytes that [#copyTo] writes.
  public int length() {
    return length - lineBreaks();
  }

  /// Writes the value at `at` and returns the index after it.
  public int copyTo(byte[] target, int at) {
    if (lineBreaks() == 0) {
      System.arraycopy(bytes, offset, target, at, length);
      return at + length;
    }
    int to = at;
    for (int from = offset; from < offset + length; from++) {
      if (!isLineBreak(bytes[from])) {
        target[to++] = bytes[from];
      }
    }
    return to;
  }

  public void writeTo(OutputStream out) throws IOException {
    if (lineBreaks() == 0) {
      out.write(bytes, offset, length);
    } else {
      out.write(toByteArray());
    }
  }

  public byte[] toByteArray() {
    var copy = new byte[length()];
    copyTo(copy, 0);
    return copy;
  }

  /// Reads the value in place, including line breaks; must not modify the bytes.
  public interface Reading<T> {
    T read(byte[] bytes, int offset, int length);
  }

  public <T> T read(Reading<T> reading) {
    return reading.read(bytes, offset, length);
  }

  /// Whether the value contains an ASCII text.
  public boolean contains(String ascii) {
    for (int at = offset; at + ascii.length() <= offset + length; at++) {
      int same = 0;
      while (same < ascii.length() && bytes[at + same] == ascii.charAt(same)) {
        same++;
      }
      if (same == ascii.length()) {
        return true;
      }
    }
    return false;
  }

  /// Whether both have the same bytes, except for line breaks.
  public boolean sameBytes(RawJson other) {
    return lineBreaks() + other.lineBreaks() > 0
        ? Arrays.equals(toByteArray(), other.toByteArray())
        : Arrays.equals(
            bytes, offset, offset + length, other.bytes, other.offset, other.offset + other.length);
  }

  /// The same for values that may be null.
  public static boolean same(@Nullable RawJson one, @Nullable RawJson other) {
    return one == null ? other == null : other != null && one.sameBytes(other);
  }

  @JsonValue
  @JsonRawValue
  @Override
  public String toString() {
    return new String(toByteArray(), StandardCharsets.UTF_8);
  }

  /// A benign race: threads that count at the same time get the same result.
  private int lineBreaks() {
    int count = lineBreaks;
    if (count == UNCOUNTED) {
      count = countLineBreaks(bytes, offset, length);
      lineBreaks = count;
    }
    return count;
  }

  private static int countLineBreaks(byte[] bytes, int offset, int length) {
    int count = 0;
    for (int i = offset; i < offset + length; i++) {
      if (isLineBreak(bytes[i])) {
        count++;
      }
    }
    return count;
  }

  private static boolean isLineBreak(byte b) {
    return b == '\n' || b == '\r';
  }
}
