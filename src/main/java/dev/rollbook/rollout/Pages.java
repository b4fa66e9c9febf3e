package dev.rollbook.rollout;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cuts pages out of a rollout. A page in the middle of a million lines costs what the first one
/// costs.
final class Pages {
  private Pages() {}

  static RolloutPage forward(RolloutReader reader, OrdinalRange range, int limit)
      throws IOException {
    reader.seek(range.first());
    var lines = new ArrayList<RolloutLine>();
    for (var line = reader.next(); line != null; line = reader.next()) {
      if (line.ordinal() > range.last()) {
        break;
      }
      if (line.ordinal() >= range.first()) {
        if (lines.size() == limit) {
          return new RolloutPage(lines, lines.getLast().ordinal());
        }
        lines.add(line);
      }
    }
    return new RolloutPage(lines, null);
  }

  /// The last lines of the range, last first.
  ///
  /// Ordinals leave room for skipped items, so the window grows until it holds enough lines.
  static RolloutPage backward(RolloutReader reader, OrdinalRange range, int limit)
      throws IOException {
    for (long window = limit + 1L; ; window *= 4) {
      long first = Math.max(range.first(), range.last() - window + 1);
      var lines = lastLines(reader, new OrdinalRange(first, range.last()), limit + 1);
      if (lines.size() > limit) {
        var page = lines.subList(0, limit);
        return new RolloutPage(page, page.getLast().ordinal());
      }
      if (first == range.first()) {
        return new RolloutPage(lines, null);
      }
    }
  }

  private static List<RolloutLine> lastLines(RolloutReader reader, OrdinalRange range, int limit)
      throws IOException {
    reader.seek(range.first());
    Deque<RolloutLine> lines = new ArrayDeque<>();
    for (var line = reader.next();
        line != null && line.ordinal() <= range.last();
        line = reader.next()) {
      if (line.ordinal() >= range.first()) {
        lines.addFirst(line);
        if (lines.size() > limit) {
          lines.removeLast();
        }
      }
    }
    return new ArrayList<>(lines);
  }
}
