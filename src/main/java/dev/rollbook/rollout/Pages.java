package dev.rollbook.rollout;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Cuts pages out of a rollout. A page in the middle of a million lines costs what the first one
/// costs, and large lines make a page shorter rather than fill the memory.
///
/// A page never ends between lines of one ordinal: who goes on after it would miss the rest.
final class Pages {
  private static final long MOST_BYTES = 16L << 20;

  /// Lines are there as they were read, as text, and in part as they are sent.
  private static final int TIMES = 3;

  private Pages() {}

  static RolloutPage forward(RolloutReader reader, OrdinalRange range, int limit, LineRoom room)
      throws IOException {
    reader.seek(range.first());
    var lines = new ArrayList<RolloutLine>();
    var bound = new Bound(room);
    long bytes = 0;
    for (var line = reader.next();
        line != null && line.ordinal() <= range.last();
        line = reader.next()) {
      if (line.ordinal() < range.first()) {
        continue;
      }
      bytes += line.bytes().length();
      boolean full = lines.size() >= limit || bound.isFull(lines.size(), bytes);
      if (full && !lines.isEmpty() && line.ordinal() != lines.getLast().ordinal()) {
        return new RolloutPage(lines, lines.getLast().ordinal());
      }
      lines.add(line);
    }
    return new RolloutPage(lines, null);
  }

  /// How many bytes a page may have: what is found to be too much once is not asked for again.
  private static final class Bound {
    private final LineRoom room;
    private long most = MOST_BYTES;

    Bound(LineRoom room) {
      this.room = room;
    }

    /// Whether a line more, with which there are so many bytes, is one too many. A page has one at
    /// least: where there is no room for it the reader has to come again.
    boolean isFull(int lines, long bytes) {
      if (lines == 0) {
        room.require(TIMES * bytes);
        return false;
      }
      if (bytes <= most && !room.hold(TIMES * bytes)) {
        most = bytes - 1;
      }
      return bytes > most;
    }
  }

  /// The last lines of the range, last first.
  ///
  /// Ordinals leave room for skipped items, so the window grows until it holds enough lines.
  static RolloutPage backward(RolloutReader reader, OrdinalRange range, int limit, LineRoom room)
      throws IOException {
    long last = Math.min(range.last(), lastOrdinal(reader));
    for (long window = limit + 1L; ; window *= 4) {
      long first = Math.max(range.first(), last - window + 1);
      var lines = LastLines.of(reader, new OrdinalRange(first, last), limit, room);
      if (lines.moreBefore()) {
        return new RolloutPage(lines.lines(), lines.lines().getLast().ordinal());
      }
      if (first == range.first() || last < range.first()) {
        return new RolloutPage(lines.lines(), null);
      }
    }
  }

  /// Without it a range that is open at its end would have to be searched for the rollout's own
  /// end.
  private static long lastOrdinal(RolloutReader reader) throws IOException {
    reader.seek(Long.MAX_VALUE);
    long last = RolloutLine.NO_ORDINAL;
    for (var line = reader.next(); line != null; line = reader.next()) {
      last = line.ordinal();
    }
    return last;
  }

  /// The last lines of a range, last first.
  ///
  /// @param moreBefore whether the range has others before them
  private record LastLines(List<RolloutLine> lines, boolean moreBefore) {

    static LastLines of(RolloutReader reader, OrdinalRange range, int limit, LineRoom room)
        throws IOException {
      var kept = new ArrayDeque<RolloutLine>();
      var bound = new Bound(room);
      long bytes = 0;
      boolean dropped = false;
      reader.seek(range.first());
      for (var line = reader.next();
          line != null && line.ordinal() <= range.last();
          line = reader.next()) {
        if (line.ordinal() >= range.first()) {
          kept.addFirst(line);
          bytes += line.bytes().length();
        }
        while (kept.size() > limit || bound.isFull(kept.size() - 1, bytes)) {
          if (kept.peekLast().ordinal() == kept.peekFirst().ordinal()) {
            break;
          }
          bytes -= dropOldest(kept);
          dropped = true;
        }
      }
      return new LastLines(new ArrayList<>(kept), dropped);
    }

    /// All lines of the first ordinal go together.
    private static long dropOldest(ArrayDeque<RolloutLine> kept) {
      long bytes = 0;
      long ordinal = kept.getLast().ordinal();
      while (kept.getLast().ordinal() == ordinal) {
        bytes += kept.removeLast().bytes().length();
      }
      return bytes;
    }
  }
}
