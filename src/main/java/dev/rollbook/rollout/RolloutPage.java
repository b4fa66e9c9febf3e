package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of lines of a rollout.
///
/// @param nextAfter ordinal after which the next page begins; null for the last page
public record RolloutPage(List<RolloutLine> lines, @Nullable Long nextAfter) {
  /// Reads pages. With ordered lines every page costs the same, wherever it is in the rollout.
  /// Large lines make a page shorter, so that memory is bounded.
  static final class Pager {
    /// Bytes of the lines of a page, as the reader returns them. A page has at least one line.
    static final long MAX_BYTES = 4L << 20;

    /// A line is in memory as bytes, as an event or with its ordinal, and in part as the response.
    private static final int BYTES_PER_LINE_BYTE = 3;

    private final RolloutReader reader;
    private final long ordered;
    private final int limit;
    private final MemoryReservation reservation;

    /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
    Pager(RolloutReader reader, long ordered, int limit, MemoryReservation reservation) {
      this.reader = reader;
      this.ordered = ordered;
      this.limit = limit;
      this.reservation = reservation;
    }

    RolloutPage forward(OrdinalRange range) throws IOException {
      reader.seek(range.first(), ordered);
      var lines = new ArrayList<RolloutLine>();
      var bound = new Bound(reservation);
      long bytes = 0;
      for (var line = reader.next(range); line != null; line = reader.next(range)) {
        bytes += line.bytes().length();
        if (lines.size() >= limit || bound.isFull(lines.size(), bytes)) {
          return new RolloutPage(lines, lines.getLast().ordinal());
        }
        lines.add(line);
      }
      return new RolloutPage(lines, null);
    }

    /// Limit of bytes of a page. A size that the budget refused once is not requested again.
    private static final class Bound {
      private final MemoryReservation reservation;
      private long maxBytes = MAX_BYTES;

      Bound(MemoryReservation reservation) {
        this.reservation = reservation;
      }

      /// Whether one more line, with these bytes in total, exceeds the limit. A page has at least
      /// one line; if there is no memory for that line, the request is refused.
      boolean isFull(int lines, long bytes) {
        if (lines == 0) {
          reservation.resize(BYTES_PER_LINE_BYTE * bytes);
          return false;
        }
        if (bytes <= maxBytes && !reservation.tryResize(BYTES_PER_LINE_BYTE * bytes)) {
          maxBytes = bytes - 1;
        }
        return bytes > maxBytes;
      }
    }

    /// The last lines of the range, last first.
    ///
    /// Skipped items leave holes in the ordinals, so the window grows until it has enough lines.
    /// Without ordered lines every window would be read from the start of the file, so a single
    /// window covers the whole range.
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

    /// Ordinal of the last line. It limits a range without an end, so that the window need not grow
    /// from beyond the end of the rollout.
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
      var bound = new Bound(reservation);
      long bytes = 0;
      boolean dropped = false;
      reader.seek(range.first(), ordered);
      for (var line = reader.next(range); line != null; line = reader.next(range)) {
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
