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
  /// Large lines make a page shorter, so that memory and reads are bounded.
  static final class Pager {
    /// Bytes of the lines of a page, as the reader returns them. A page has at least one line.
    static final long MAX_BYTES = 4L << 20;

    /// Bytes of the rollout from the first to the last line of a page. It limits pages of previews,
    /// which may be much shorter than the lines that are read for them.
    static final long MAX_READ_BYTES = 64L << 20;

    /// Bytes at the end of a range that are read first.
    private static final long FIRST_WINDOW = 2L * RolloutReader.SEEK_BYTES;

    private static final int WINDOW_GROWTH = 4;

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
      long start = 0;
      for (var line = reader.next(range); line != null; line = reader.next(range)) {
        bytes += line.bytes().length();
        start = lines.isEmpty() ? reader.lineStart() : start;
        boolean hasRead = !lines.isEmpty() && reader.position() - start > MAX_READ_BYTES;
        if (lines.size() >= limit || hasRead || bound.isFull(lines.size(), bytes)) {
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
    /// Only the end of the range is read: a window of bytes, which grows until it has enough lines.
    /// Without ordered lines everything before the end of the range is read.
    RolloutPage backward(OrdinalRange range) throws IOException {
      reader.seek(range.last(), ordered);
      long end = Math.min(reader.position() + RolloutReader.SEEK_BYTES, ordered);
      for (long window = FIRST_WINDOW; window < end; window *= WINDOW_GROWTH) {
        var first = reader.seekAfter(end - window, ordered);
        if (first.isPresent()) {
          var page = lastLines(range);
          if (page.nextAfter() != null || first.getAsLong() <= range.first()) {
            return page;
          }
          if (WINDOW_GROWTH * window > MAX_READ_BYTES && !page.lines().isEmpty()) {
            return new RolloutPage(page.lines(), page.lines().getLast().ordinal());
          }
        }
      }
      reader.seek(range.first(), ordered);
      return lastLines(range);
    }

    /// The last lines of the range, of those from the position of the reader on.
    private RolloutPage lastLines(OrdinalRange range) throws IOException {
      var kept = new ArrayDeque<RolloutLine>();
      var bound = new Bound(reservation);
      long bytes = 0;
      boolean dropped = false;
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
