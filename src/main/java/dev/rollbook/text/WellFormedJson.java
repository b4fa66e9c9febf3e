package dev.rollbook.text;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Filter that replaces each unpaired surrogate escape in JSON by the escape of U+FFFD. Strict
/// parsers refuse a whole text if it contains an unpaired surrogate. All other bytes and the length
/// stay the same.
public final class WellFormedJson extends FilterOutputStream {
  private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
  private static final int ESCAPE = REPLACEMENT.length;

  /// Buffered start of an escape that may be an unpaired surrogate: at most a high surrogate and
  /// the escape after it.
  private final byte[] buffered = new byte[2 * ESCAPE];

  private int length;

  public WellFormedJson(OutputStream out) {
    super(out);
  }

  public static RawJson of(RawJson json) {
    var bytes = json.toByteArray();
    var target = new ByteArrayOutputStream(bytes.length);
    try (var out = new WellFormedJson(target)) {
      out.write(bytes, 0, bytes.length);
      out.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return RawJson.of(target.toByteArray());
  }

  @Override
  public void write(int b) throws IOException {
    if (length == 0 && b != '\\') {
      out.write(b);
      return;
    }
    boolean first = length < ESCAPE;
    int at = first ? length : length - ESCAPE;
    if (isNextOfEscape(at, b)) {
      buffered[length++] = (byte) b;
      if (at == ESCAPE - 1) {
        escape(first);
      }
    } else {
      flushBuffer(first ? 0 : ESCAPE);
      if (b == '\\' && at == 0) {
        buffered[length++] = (byte) b;
      } else {
        out.write(b);
      }
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    int from = offset;
    for (int at = offset; at < offset + count; at++) {
      if (length > 0 || bytes[at] == '\\') {
        out.write(bytes, from, at - from);
        write(bytes[at]);
        from = at + 1;
      }
    }
    out.write(bytes, from, offset + count - from);
  }

  /// Writes the buffered bytes. Must be called at the end.
  public void finish() throws IOException {
    flushBuffer(length < ESCAPE ? 0 : ESCAPE);
  }

  private static boolean isNextOfEscape(int at, int b) {
    return switch (at) {
      case 0 -> b == '\\';
      case 1 -> b == 'u';
      default -> Character.digit(b, 16) >= 0;
    };
  }

  /// @param first whether the escape does not follow a high surrogate
  private void escape(boolean first) throws IOException {
    char unit = unit(first ? 0 : ESCAPE);
    if (first) {
      if (!Character.isHighSurrogate(unit)) {
        flushBuffer(Character.isLowSurrogate(unit) ? ESCAPE : 0);
      }
    } else if (Character.isLowSurrogate(unit)) {
      flushBuffer(0);
    } else {
      out.write(REPLACEMENT);
      System.arraycopy(buffered, ESCAPE, buffered, 0, ESCAPE);
      length = ESCAPE;
      escape(true);
    }
  }

  private char unit(int start) {
    return (char)
        Integer.parseInt(
            new String(buffered, start + 2, ESCAPE - 2, StandardCharsets.US_ASCII), 16);
  }

  /// Writes the buffered bytes.
  ///
  /// @param broken number of bytes at the start that are an unpaired surrogate
  private void flushBuffer(int broken) throws IOException {
    if (broken > 0) {
      out.write(REPLACEMENT);
    }
    out.write(buffered, broken, length - broken);
    length = 0;
  }
}
