package dev.rollbook.model;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Passes JSON on and replaces each escape that is half a surrogate pair by that of U+FFFD, as
/// strict parsers refuse the whole text because of it. All other bytes stay, and so does the
/// length.
public final class WellFormedJson extends FilterOutputStream {
  private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
  private static final int ESCAPE = REPLACEMENT.length;

  /// The escape that may turn out to be half a pair, as far as it has come: at most a high
  /// surrogate and the one behind it.
  private final byte[] held = new byte[2 * ESCAPE];

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
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
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
      held[length++] = (byte) b;
      if (at == ESCAPE - 1) {
        escape(first);
      }
    } else {
      release(first ? 0 : ESCAPE);
      if (b == '\\' && at == 0) {
        held[length++] = (byte) b;
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

  /// Passes on what is held back: to be called at the end.
  public void finish() throws IOException {
    release(length < ESCAPE ? 0 : ESCAPE);
  }

  private static boolean isNextOfEscape(int at, int b) {
    return switch (at) {
      case 0 -> b == '\\';
      case 1 -> b == 'u';
      default -> Character.digit(b, 16) >= 0;
    };
  }

  /// @param first whether the escape is not behind a high surrogate
  private void escape(boolean first) throws IOException {
    char unit = unit(first ? 0 : ESCAPE);
    if (first) {
      if (!Character.isHighSurrogate(unit)) {
        release(Character.isLowSurrogate(unit) ? ESCAPE : 0);
      }
    } else if (Character.isLowSurrogate(unit)) {
      release(0);
    } else {
      out.write(REPLACEMENT);
      System.arraycopy(held, ESCAPE, held, 0, ESCAPE);
      length = ESCAPE;
      escape(true);
    }
  }

  private char unit(int start) {
    return (char)
        Integer.parseInt(new String(held, start + 2, ESCAPE - 2, StandardCharsets.US_ASCII), 16);
  }

  /// Passes on what is held.
  ///
  /// @param broken bytes of it from the start that are half a pair
  private void release(int broken) throws IOException {
    if (broken > 0) {
      out.write(REPLACEMENT);
    }
    out.write(held, broken, length - broken);
    length = 0;
  }
}
