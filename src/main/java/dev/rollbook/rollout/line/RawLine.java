package dev.rollbook.rollout.line;

import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The bytes of a line of a file, without the line feed. A carriage return before the line feed is
/// a part of the line.
public final class RawLine {
  private static final JsonFactory JSON = new JsonFactory();

  private final byte[] bytes;
  private final int offset;
  private final int length;

  /// @param bytes must not be changed afterwards
  public RawLine(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  /// End of the bytes without the blanks at their end: spaces, tabs and carriage returns.
  public static int trimmedEnd(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from
        && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '\r')) {
      end--;
    }
    return end;
  }

  public int length() {
    return length;
  }

  public byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /// Views of at most so many bytes each, none of which splits a UTF-8 character; at least one.
  public List<RawLine> parts(int most) {
    var parts = new ArrayList<RawLine>();
    int end = offset + length;
    int from = offset;
    while (end - from > most) {
      int to = Utf8.endOfLastCharacter(bytes, from, from + most);
      parts.add(new RawLine(bytes, from, to - from));
      from = to;
    }
    parts.add(new RawLine(bytes, from, end - from));
    return parts;
  }

  /// The bytes as a JSON member: `text`, or `base64` if they are not UTF-8.
  public Map.Entry<String, String> textOrBase64() {
    return Utf8.isValid(bytes, offset, offset + length)
        ? Map.entry("text", new String(bytes, offset, length, StandardCharsets.UTF_8))
        : Map.entry("base64", Base64.getEncoder().encodeToString(toByteArray()));
  }

  /// The same line with another ordinal.
  public RawLine renumbered(long ordinal) {
    return renumbered(toByteArray(), ordinal);
  }

  /// The line with another ordinal, replaced or added at the end; every other byte stays.
  ///
  /// @param line a JSON object
  static RawLine renumbered(byte[] line, long ordinal) {
    JsonSpan found = null;
    long behind;
    try (var parser = JSON.createParser(ObjectReadContext.empty(), line, 0, line.length)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isOrdinal = parser.currentName().equals("ordinal");
        parser.nextToken();
        var value = JsonSpan.of(parser);
        found = isOrdinal ? value : found;
      }
      behind = parser.currentTokenLocation().getByteOffset();
    }
    return found == null
        ? replaced(line, (int) behind, (int) behind, ascii(",\"ordinal\":" + ordinal))
        : replaced(line, (int) found.start(), (int) found.end(), ascii(Long.toString(ordinal)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static RawLine replaced(byte[] line, int start, int end, byte[] by) {
    var changed = ByteBuffer.allocate(line.length - (end - start) + by.length);
    changed.put(line, 0, start).put(by).put(line, end, line.length - end);
    return new RawLine(changed.array(), 0, changed.capacity());
  }

  /// The same line with the first occurrence of some bytes replaced, if there is one.
  public RawLine with(byte[] before, byte[] after) {
    var line = toByteArray();
    for (int at = 0; at + before.length <= line.length; at++) {
      if (Arrays.equals(line, at, at + before.length, before, 0, before.length)) {
        return replaced(line, at, at + before.length, after);
      }
    }
    return this;
  }

  void addTo(EncodedLines.Builder lines) {
    lines.add(bytes, offset, length);
  }
}
