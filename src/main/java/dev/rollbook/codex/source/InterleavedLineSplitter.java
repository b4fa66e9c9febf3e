package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Splits a line of a rollout into its items. A line usually has one item. After a crash, a line
/// may have several: a torn item, followed by complete items without a line feed between them.
final class InterleavedLineSplitter {
  /// Prefix of every line that Codex and Rollbook write. Within the text of an item, its quotes
  /// would be escaped.
  private static final byte[] LINE_PREFIX = "{\"timestamp\":".getBytes(StandardCharsets.ISO_8859_1);

  /// Maximum number of prefixes in an unreadable line. If there are more, they are objects within
  /// an item.
  private static final int MAX_BEGINNINGS = 64;

  private InterleavedLineSplitter() {}

  /// @param line null if the bytes cannot be parsed
  record Segment(int from, int to, @Nullable RolloutLine line) {}

  /// All bytes of the line, in order.
  static List<Segment> of(byte[] raw) {
    int end = withoutNuls(raw, raw.length);
    var whole = parse(raw, 0, end);
    if (whole.isPresent()) {
      return end == raw.length
          ? List.of(new Segment(0, end, whole.get()))
          : List.of(new Segment(0, end, whole.get()), new Segment(end, raw.length, null));
    }
    var starts = beginnings(raw);
    var segments = new ArrayList<Segment>();
    int broken = 0;
    for (int i = 0; i < starts.size(); i++) {
      int from = starts.get(i);
      int to = withoutNuls(raw, i + 1 < starts.size() ? starts.get(i + 1) : raw.length);
      var line = parse(raw, from, to);
      if (line.isEmpty() && to < end) {
        to = end;
        line = parse(raw, from, to);
      }
      if (line.isPresent()) {
        addBroken(segments, broken, from);
        segments.add(new Segment(from, to, line.get()));
        broken = to;
        i = to == end ? starts.size() : i;
      }
    }
    addBroken(segments, broken, raw.length);
    return segments;
  }

  private static int withoutNuls(byte[] raw, int to) {
    int end = to;
    while (end > 0 && raw[end - 1] == 0) {
      end--;
    }
    return end;
  }

  private static void addBroken(List<Segment> segments, int from, int to) {
    if (from < to) {
      segments.add(new Segment(from, to, null));
    }
  }

  private static List<Integer> beginnings(byte[] raw) {
    var starts = new ArrayList<Integer>();
    for (int i = 0; i + LINE_PREFIX.length <= raw.length && starts.size() < MAX_BEGINNINGS; i++) {
      if (raw[i] == '{'
          && Arrays.equals(raw, i, i + LINE_PREFIX.length, LINE_PREFIX, 0, LINE_PREFIX.length)) {
        starts.add(i);
      }
    }
    return starts;
  }

  private static Optional<RolloutLine> parse(byte[] raw, int from, int to) {
    int end = RawLine.trimmedEnd(raw, from, to);
    return Utf8.isValid(raw, from, end)
        ? RolloutLine.parse(raw, from, end - from)
        : Optional.empty();
  }
}
