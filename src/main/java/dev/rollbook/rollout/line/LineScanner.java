package dev.rollbook.rollout.line;

import dev.rollbook.text.JsonSkipper;
import dev.rollbook.text.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds the members of lines in their bytes, several times faster than a JSON parser.
///
/// It recognizes lines as Rollbook and Codex write them. It is [#UNSURE] about a line that is
/// damaged, and about an unusual one: with an escape in its type, a repeated member, or an ordinal
/// that is not a plain number. Caller must decode such a line with a parser ([RolloutLine#parse]).
/// All other results are those of the parser. Not thread-safe.
public final class LineScanner {
  /// Result of a scan that found no line that is surely valid.
  public static final int UNSURE = JsonSkipper.UNSURE;

  private static final int ORDINAL = 0;
  private static final int TIMESTAMP = 1;
  private static final int ID = 2;
  private static final int TYPE = 3;
  private static final int PAYLOAD = 4;
  private static final int METADATA = 5;
  private static final byte[][] NAMES = {
    quoted("ordinal"),
    quoted("timestamp"),
    quoted("id"),
    quoted("type"),
    quoted("payload"),
    quoted("metadata")
  };
  private static final int OTHER = NAMES.length;
  private static final int MISSING = -1;
  private static final int MAX_ORDINAL_DIGITS = 15;

  private final byte[] bytes;
  private final JsonSkipper json;
  private final int[] starts = new int[NAMES.length];
  private final int[] ends = new int[NAMES.length];
  private long ordinal;

  /// @param to end of the lines
  public LineScanner(byte[] bytes, int to) {
    this.bytes = bytes;
    this.json = new JsonSkipper(bytes, to);
  }

  private static byte[] quoted(String name) {
    return ("\"" + name + "\"").getBytes(StandardCharsets.US_ASCII);
  }

  /// Scans the line that begins at an index.
  ///
  /// @return index after the closing brace of the line, or [#UNSURE]
  public int scan(int from) {
    Arrays.fill(starts, MISSING);
    ordinal = RolloutLine.NO_ORDINAL;
    int at = from;
    if (json.at(from) != '{') {
      return UNSURE;
    }
    do {
      int name = json.token(at + 1);
      int value = json.name(name);
      int member = value == UNSURE ? UNSURE : member(name);
      int end = member == UNSURE ? UNSURE : json.value(value);
      if (end == UNSURE || (member != OTHER && !accept(member, value, end))) {
        return UNSURE;
      }
      at = json.token(end);
    } while (json.at(at) == ',');
    boolean isLine = json.at(at) == '}' && has(TYPE) && has(PAYLOAD);
    return isLine ? at + 1 : UNSURE;
  }

  private int member(int name) {
    int member =
        switch (json.at(name + 1)) {
          case 'o' -> ORDINAL;
          case 't' -> json.at(name + 2) == 'i' ? TIMESTAMP : TYPE;
          case 'i' -> ID;
          case 'p' -> PAYLOAD;
          case 'm' -> METADATA;
          default -> OTHER;
        };
    return member == OTHER || json.isAt(name, NAMES[member]) ? member : OTHER;
  }

  /// Whether the member is as usual.
  private boolean accept(int member, int start, int end) {
    boolean isRepeated = has(member);
    starts[member] = start;
    ends[member] = end;
    return !isRepeated
        && switch (member) {
          case ORDINAL -> readOrdinal(start, end);
          case TIMESTAMP, ID, TYPE -> bytes[start] == '"' && !json.isEscaped();
          default -> true;
        };
  }

  private boolean readOrdinal(int start, int end) {
    long value = 0;
    for (int at = start; at < end; at++) {
      if (bytes[at] < '0' || bytes[at] > '9') {
        return false;
      }
      value = 10 * value + bytes[at] - '0';
    }
    ordinal = value;
    return end - start <= MAX_ORDINAL_DIGITS;
  }

  private boolean has(int member) {
    return starts[member] != MISSING;
  }

  /// The ordinal that the scanned line states, or [RolloutLine#NO_ORDINAL].
  public long ordinal() {
    return ordinal;
  }

  /// The scanned line, decoded.
  RolloutLine line(int from, int end) {
    return new RolloutLine(
        ordinal,
        ordinal != RolloutLine.NO_ORDINAL,
        text(ID),
        has(TIMESTAMP) ? String.valueOf(text(TIMESTAMP)) : "",
        String.valueOf(text(TYPE)),
        RawJson.ofOneLine(bytes, starts[PAYLOAD], ends[PAYLOAD] - starts[PAYLOAD]),
        has(METADATA)
            ? RawJson.ofOneLine(bytes, starts[METADATA], ends[METADATA] - starts[METADATA])
            : null,
        RawJson.ofOneLine(bytes, from, end - from));
  }

  private @Nullable String text(int member) {
    return has(member)
        ? new String(
            bytes, starts[member] + 1, ends[member] - starts[member] - 2, StandardCharsets.UTF_8)
        : null;
  }
}
