package dev.rollbook.rollout.line;

import dev.rollbook.text.RawJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Cuts the long strings of a payload, so that a list can show items of any size.
///
/// A string value of more than [#MAX_STRING_BYTES] keeps its beginning, up to the end of a
/// character or an escape. All other bytes stay as they are: numbers, names, blanks, shorter
/// strings. A line that was cut gets one more member at its end, `"truncated":{"bytes": length of
/// the payload}`.
///
/// A line is valid JSON, so that strings are found by their quotes, without a parser.
final class PayloadPreview {
  /// Bytes of a string as it is in the file, with escapes and without quotes.
  static final int MAX_STRING_BYTES = 8 * 1024;

  private static final int ESCAPE_BYTES = 2;
  private static final int UNICODE_ESCAPE_BYTES = 6;

  private final byte[] json;
  private final int end;
  private final ByteArrayOutputStream cut = new ByteArrayOutputStream();

  /// Start of the bytes that are not in [#cut] yet.
  private int pending;

  private PayloadPreview(byte[] json, int start, int end) {
    this.json = json;
    this.end = end;
    this.pending = start;
  }

  /// The line with a shorter payload; the same line if no string is long.
  static RolloutLine of(RolloutLine line) {
    var payload = line.payload();
    if (payload.length() <= MAX_STRING_BYTES) {
      return line;
    }
    return payload.read((json, start, length) -> {
      var preview = new PayloadPreview(json, start, start + length);
      return preview.isCut() ? preview.of(line, start) : line;
    });
  }

  /// Copies the payload up to its last long string.
  ///
  /// @return whether it has a long string
  private boolean isCut() {
    boolean isCut = false;
    for (int at = pending; at < end; at++) {
      if (json[at] == '"') {
        int close = closingQuote(at + 1);
        if (close - at - 1 > MAX_STRING_BYTES && !isName(close)) {
          int kept = boundary(at + 1);
          cut.write(json, pending, kept - pending);
          pending = close;
          isCut = true;
        }
        at = close;
      }
    }
    return isCut;
  }

  private int closingQuote(int from) {
    int at = from;
    while (json[at] != '"') {
      at += json[at] == '\\' ? ESCAPE_BYTES : 1;
    }
    return at;
  }

  /// Whether a string is the name of a member. Two long names could become the same name.
  private boolean isName(int close) {
    int at = close + 1;
    while (at < end && json[at] <= ' ') {
      at++;
    }
    return at < end && json[at] == ':';
  }

  /// Index after the last character that is within the limit of a long string.
  private int boundary(int from) {
    int at = from;
    int next = from;
    while (next <= from + MAX_STRING_BYTES) {
      at = next;
      next = endOfCharacter(at);
    }
    return at;
  }

  /// Both escapes of a surrogate pair are one character.
  private int endOfCharacter(int at) {
    if (json[at] == '\\') {
      int next = endOfEscape(at);
      return isSurrogate(at, '8', 'B') && isSurrogate(next, 'C', 'F') ? endOfEscape(next) : next;
    }
    int next = at + 1;
    while ((json[next] & 0xC0) == 0x80) {
      next++;
    }
    return next;
  }

  private int endOfEscape(int at) {
    return at + (json[at + 1] == 'u' ? UNICODE_ESCAPE_BYTES : ESCAPE_BYTES);
  }

  /// Whether the escape of a surrogate is at the index, with the first digit after `D` in the
  /// range.
  private boolean isSurrogate(int at, char first, char last) {
    if (json[at] != '\\' || json[at + 1] != 'u' || Character.toUpperCase(json[at + 2]) != 'D') {
      return false;
    }
    int kind = Character.toUpperCase(json[at + 3]);
    return kind >= first && kind <= last;
  }

  private RolloutLine of(RolloutLine line, int start) {
    cut.write(json, pending, end - pending);
    var payload = cut.toByteArray();
    var mark =
        ",\"truncated\":{\"bytes\":%d}}"
            .formatted(line.payload().length())
            .getBytes(StandardCharsets.US_ASCII);
    return line.bytes()
        .read((bytes, from, length) -> {
          int to = closingBrace(bytes, from + length);
          var whole =
              new ByteArrayOutputStream(payload.length + length - (end - start) + mark.length);
          whole.write(bytes, from, start - from);
          whole.writeBytes(payload);
          whole.write(bytes, end, to - end);
          whole.writeBytes(mark);
          return line.with(RawJson.of(payload), RawJson.of(whole.toByteArray()));
        });
  }

  private static int closingBrace(byte[] bytes, int end) {
    int at = end - 1;
    while (bytes[at] != '}') {
      at--;
    }
    return at;
  }
}
