package dev.rollbook.rollout;

import dev.rollbook.model.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

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

  /// Views of it of at most so many bytes, none of which cuts a character; one at least.
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

  /// What JSON can say of its bytes, by the name of the form: `text`, or `base64` where they are
  /// not UTF-8.
  public Map.Entry<String, String> textOrBase64() {
    return Utf8.isValid(bytes, offset, offset + length)
        ? Map.entry("text", new String(bytes, offset, length, StandardCharsets.UTF_8))
        : Map.entry("base64", Base64.getEncoder().encodeToString(toByteArray()));
  }

  /// The same line with another ordinal.
  public RawLine renumbered(long ordinal) {
    return Renumbering.of(toByteArray(), ordinal);
  }

  /// The same line with the first of some bytes replaced, where it has them.
  public RawLine with(byte[] before, byte[] after) {
    var line = toByteArray();
    for (int at = 0; at + before.length <= line.length; at++) {
      if (Arrays.equals(line, at, at + before.length, before, 0, before.length)) {
        var changed = new byte[line.length - before.length + after.length];
        System.arraycopy(line, 0, changed, 0, at);
        System.arraycopy(after, 0, changed, at, after.length);
        int rest = at + before.length;
        System.arraycopy(line, rest, changed, at + after.length, line.length - rest);
        return new RawLine(changed, 0, changed.length);
      }
    }
    return this;
  }

  void addTo(RawLines lines) {
    lines.add(bytes, offset, length);
  }
}
