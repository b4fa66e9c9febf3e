package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.line.LargeLineReader;
import dev.rollbook.rollout.line.LineScanner;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.Utf8;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Sequential reader of the lines of a rollout, up to a given size of the file.
///
/// The reader accepts what other programs write: a byte order mark, CRLF, blank lines, a last line
/// without a line feed. Lines that cannot be read are counted and skipped. A line that is too long
/// for memory is read without its large members ([LargeLineReader]).
public final class RolloutReader implements Closeable {
  private static final int CHUNK = 64 * 1024;

  /// Bytes that a seek leaves to be read on.
  static final int SEEK_BYTES = 4 * CHUNK;

  private final DiskFile file;
  private final long limit;
  private final LineSplitter lines;
  private long previousOrdinal = RolloutLine.NO_ORDINAL;
  private int unreadable;
  private long lineStart;
  private boolean shortened;
  private LineView view = LineView.WHOLE;

  /// @param limit bytes to read; a write may be in progress after them
  RolloutReader(DiskFile file, long limit) {
    this.file = file;
    this.limit = limit;
    // Small, because most rollouts are small, and many may be read at the same time.
    int size = (int) Math.min(limit, CHUNK - 1) + 1;
    this.lines = new LineSplitter(this::read, size, MemoryBudget.MAX_LINE_BYTES);
  }

  private int read(byte[] target, int offset, int length, long at) throws IOException {
    int most = (int) Math.min(length, limit - at);
    return most <= 0 ? -1 : file.read(ByteBuffer.wrap(target, offset, most), at);
  }

  /// Reads an open file; closes it if that fails.
  static RolloutReader of(DiskFile file, long limit) throws IOException {
    return IoRecovery.closeOnFailure(
        file, () -> new RolloutReader(file, Math.min(limit, file.size())));
  }

  /// Reserves memory for a long line in the given reservation before the line is read, from now on.
  /// The memory stays reserved until the next line is read.
  RolloutReader within(MemoryReservation given) {
    lines.within(given.another());
    return this;
  }

  /// Returns lines in this view, from now on.
  RolloutReader showing(LineView given) {
    view = given;
    return this;
  }

  /// Seeks to the first line with this ordinal or a later one, without reading all lines before it.
  ///
  /// Binary search within the ordered bytes; after them lines must be counted. The line begins at
  /// most [#SEEK_BYTES] after the position, unless it must be counted.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  void seek(long ordinal, long ordered) throws IOException {
    long low = 0;
    long high = ordinal > 0 && file.isSeekable() ? Math.min(ordered, limit) : 0;
    while (high - low > SEEK_BYTES) {
      long middle = (low + high) >>> 1;
      lines.moveTo(middle);
      if (middle > 0) {
        lines.skipLine();
      }
      long found = position();
      var line = found < high ? rawNext() : null;
      if (line == null || line.ordinal() >= ordinal) {
        high = middle;
      } else {
        low = found;
      }
    }
    lines.moveTo(low);
    beginAt(low, low == 0 ? null : rawNext());
  }

  /// Seeks to the first line that begins after a place.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  /// @return ordinal of that line; empty if none of the ordered lines begins after the place
  OptionalLong seekAfter(long place, long ordered) throws IOException {
    lines.moveTo(place);
    lines.skipLine();
    long found = position();
    var first = found < ordered ? rawNext() : null;
    beginAt(found, first);
    return first == null ? OptionalLong.empty() : OptionalLong.of(first.ordinal());
  }

  /// Seeks to the end of a known line.
  ///
  /// @param place where the line ends
  /// @return false if no line that states this ordinal ends there; then the reader is of no use
  boolean seekBehind(long place, long ordinal) throws IOException {
    if (place <= 0 || place > limit || !file.isSeekable()) {
      return false;
    }
    lines.moveTo(file.afterLast(0, place - 1, b -> b == '\n'));
    var line = rawNext();
    if (line == null || !line.numbered() || line.ordinal() != ordinal || position() != place) {
      return false;
    }
    previousOrdinal = ordinal;
    return unreadable == 0;
  }

  /// @param first line at the position; null for the first line of the file
  private void beginAt(long position, @Nullable RolloutLine first) {
    previousOrdinal = first == null ? RolloutLine.NO_ORDINAL : first.ordinal() - 1;
    unreadable = 0;
    lines.moveTo(position);
  }

  /// The next readable line, or null at the end.
  public @Nullable RolloutLine next() throws IOException {
    var line = rawNext();
    if (line == null) {
      return null;
    }
    var placed = line.after(previousOrdinal);
    previousOrdinal = placed.ordinal();
    return placed;
  }

  /// The next readable line whose ordinal is in the range, in the view of this reader; null at the
  /// end of the range.
  @Nullable RolloutLine next(OrdinalRange range) throws IOException {
    var line = next();
    while (line != null && line.ordinal() < range.first()) {
      line = next();
    }
    return line != null && line.ordinal() <= range.last() ? view.of(line) : null;
  }

  /// Writes the lines in the range, each with its ordinal and a line feed. Whole lines are copied
  /// from the file without being decoded, as far as possible.
  ///
  /// @param known runs of this rollout, which need not be scanned again
  void transferTo(OrdinalRange range, OutputStream out, ScannedRuns.OfRollout known)
      throws IOException {
    boolean isInRange = true;
    while (isInRange) {
      if (view != LineView.WHOLE
          || !lines.take((bytes, from, to) -> copy(bytes, from, to, range, out, known))) {
        var line = next(range);
        isInRange = line != null;
        if (line != null) {
          line.numberedBytes().writeTo(out);
          out.write('\n');
        }
      }
    }
  }

  /// Copies lines up to one that must be decoded, or is after the range.
  ///
  /// @return index after the copied lines
  private int copy(
      byte[] bytes,
      int from,
      int to,
      OrdinalRange range,
      OutputStream out,
      ScannedRuns.OfRollout known)
      throws IOException {
    var run =
        known
            .find(position(), bytes, from, to)
            .filter(found ->
                found.first() > previousOrdinal
                    && range.contains(found.first())
                    && range.contains(found.last()));
    int scannedFrom = from + run.map(ScannedRuns.Run::length).orElse(0);
    long first = run.map(ScannedRuns.Run::first).orElse(RolloutLine.NO_ORDINAL);
    previousOrdinal = run.map(ScannedRuns.Run::last).orElse(previousOrdinal);
    var scanner = new LineScanner(bytes, to);
    boolean allNumbered = true;
    int copied = from;
    int at = scannedFrom;
    while (at < to) {
      int end = scanner.scan(at);
      if (end == LineScanner.UNSURE || bytes[end] != '\n') {
        break;
      }
      boolean numbered = scanner.ordinal() != RolloutLine.NO_ORDINAL;
      long ordinal = numbered ? scanner.ordinal() : previousOrdinal + 1;
      if (ordinal <= previousOrdinal || ordinal > range.last()) {
        break;
      }
      first = at == from ? ordinal : first;
      previousOrdinal = ordinal;
      allNumbered &= numbered;
      at = end + 1;
      if (ordinal < range.first()) {
        copied = at;
      } else if (!numbered) {
        int brace = end - 1;
        out.write(bytes, copied, brace - copied);
        out.write((",\"ordinal\":" + ordinal).getBytes(StandardCharsets.US_ASCII));
        copied = brace;
      }
    }
    out.write(bytes, copied, at - copied);
    if (allNumbered && at > scannedFrom) {
      known.add(position(), bytes, from, at, first, previousOrdinal);
    }
    return at;
  }

  /// Position where the last line began.
  long lineStart() {
    return lineStart;
  }

  /// Whether the last line was too long for memory, so that its large members are missing.
  public boolean isShortened() {
    return shortened;
  }

  /// Position after the last line.
  long position() {
    return lines.position();
  }

  /// Number of unreadable lines so far.
  public int unreadable() {
    return unreadable;
  }

  /// Releases the memory of the last line; the file stays open.
  void release() {
    lines.release();
  }

  @Override
  public void close() throws IOException {
    lines.release();
    file.close();
  }

  /// Seeks to the beginning of a line.
  void skipTo(long place) {
    lines.moveTo(place);
  }

  /// The next readable line, with the ordinal that the line itself states; null at the end.
  @Nullable RolloutLine rawNext() throws IOException {
    for (var kind = lines.next(); kind != Kind.NONE; kind = lines.next()) {
      var bytes = lines.bytes();
      int from = lines.start() == 0 ? Utf8.byteOrderMark(bytes, 0, bytes.length) : 0;
      lineStart = lines.start() + from;
      shortened = kind == Kind.PART;
      var line = shortened ? large() : ordinary(bytes, from);
      if (line.isPresent()) {
        return line.get();
      }
    }
    return null;
  }

  /// Empty for a blank or unreadable line.
  private Optional<RolloutLine> ordinary(byte[] bytes, int start) {
    var line = RolloutLine.parseTrimmed(bytes, start);
    boolean isBlank = line.isEmpty() && RawLine.trimmedEnd(bytes, start, bytes.length) == start;
    unreadable += line.isPresent() || isBlank ? 0 : 1;
    return line;
  }

  private Optional<RolloutLine> large() throws IOException {
    while (!lines.ended() && lines.next() != Kind.NONE) {
      // The rest of the line is read again, without keeping it in memory.
    }
    long end = lines.position() - (lines.ended() ? 1 : 0);
    var line = LargeLineReader.read(file, lineStart, end);
    unreadable += line.isPresent() ? 0 : 1;
    return line;
  }
}
