package dev.rollbook.rollout;

import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some lines of a rollout in the order that was asked for.
///
/// @param nextAfter the ordinal to go on after, or null where nothing follows
public record RolloutPage(List<RolloutLine> lines, @Nullable Long nextAfter) {
  /// Cuts pages out of a rollout. A page in the middle of a million ordered lines costs what the
  /// first one costs, and large lines make a page shorter rather than fill the memory.
  static final class Pager {
    private static final long MOST_BYTES = 16L << 20;

    /// Lines are there as they were read, as text, and in part as they are sent.
    private static final int TIMES = 3;

    private final RolloutReader reader;
    private final long ordered;
    private final int limit;
    private final MemoryReservation room;

    /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
    Pager(RolloutReader reader, long ordered, int limit, MemoryReservation room) {
      this.reader = reader;
      this.ordered = ordered;
      this.limit = limit;
      this.room = room;
    }

    RolloutPage forward(OrdinalRange range) throws IOException {
      reader.seek(range.first(), ordered);
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
        if (lines.size() >= limit || bound.isFull(lines.size(), bytes)) {
          return new RolloutPage(lines, lines.getLast().ordinal());
        }
        lines.add(line);
      }
      return new RolloutPage(lines, null);
    }

    /// How many bytes a page may have: what is found to be too much once is not asked for again.
    private static final class Bound {
      private final MemoryReservation room;
      private long most = MOST_BYTES;

      Bound(MemoryReservation room) {
        this.room = room;
      }

      /// Whether a line more, with which there are so many bytes, is one too many. A page has one
      /// at least: where there is no room for it the reader has to come again.
      boolean isFull(int lines, long bytes) {
        if (lines == 0) {
          room.resize(TIMES * bytes);
          return false;
        }
        if (bytes <= most && !room.tryResize(TIMES * bytes)) {
          most = bytes - 1;
        }
        return bytes > most;
      }
    }

    /// The last lines of the range, last first.
    ///
    /// Ordinals leave room for skipped items, so the window grows until it holds enough lines.
    /// Where nothing is known to be ordered each window would be read from the start: there is one
    /// then.
    RolloutPage backward(OrdinalRange range) throws IOException {
      if (ordered == 0) {
        return lastLines(range);
      }
      long last = Math.min(range.last(), lastOrdinal());
      for (long window = limit + 1L; ; window *= 4) {
        long first = Math.max(range.first(), last - window + 1);
        var page = lastLines(new OrdinalRange(first, last));
        if (page.nextAfter() != null || first == range.first() || last < range.first()) {
          return page;
        }
      }
    }

    /// Without it a range that is open at its end would have to be searched for the rollout's own
    /// end.
    private long lastOrdinal() throws IOException {
      reader.seek(Long.MAX_VALUE, ordered);
      long last = RolloutLine.NO_ORDINAL;
      for (var line = reader.next(); line != null; line = reader.next()) {
        last = line.ordinal();
      }
      return last;
    }

    private RolloutPage lastLines(OrdinalRange range) throws IOException {
      var kept = new ArrayDeque<RolloutLine>();
      var bound = new Bound(room);
      long bytes = 0;
      boolean dropped = false;
      reader.seek(range.first(), ordered);
      for (var line = reader.next();
          line != null && line.ordinal() <= range.last();
          line = reader.next()) {
        if (line.ordinal() < range.first()) {
          continue;
        }
        kept.addFirst(line);
        bytes += line.bytes().length();
        while (kept.size() > limit || bound.isFull(kept.size() - 1, bytes)) {
          bytes -= kept.removeLast().bytes().length();
          dropped = true;
        }
      }
      return new RolloutPage(
          new ArrayList<>(kept), dropped ? Long.valueOf(kept.getLast().ordinal()) : null);
    }
  }
}
