package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the lines of one rollout in order, up to a given size.
///
/// It lives with what others leave behind: a byte order mark, CRLF, blank lines, a last line
/// without its line feed, lines that cannot be read. Those are counted, and the rest is read. A
/// line that is too long for memory is read without its large members ([LargeLine]).
public final class RolloutReader implements Closeable {
  private static final int CHUNK = 64 * 1024;

  /// A buffer that grows is there as it was and as it is; then the line is copied out of it.
  private static final int TIMES = 2;

  private final DiskFile file;
  private final long limit;
  private long position;
  private byte[] buffer;
  private int start;
  private int end;
  private long previousOrdinal = RolloutLine.NO_ORDINAL;
  private int unreadable;
  private long lineStart;
  private boolean shortened;
  private LineRoom room = LineRoom.ANY;

  /// @param limit bytes of whole lines; what lies behind is still being written
  RolloutReader(DiskFile file, long limit) {
    this.file = file;
    this.limit = limit;
    // Most rollouts are small, and many may be read at a time.
    this.buffer = new byte[(int) Math.min(limit, CHUNK - 1) + 1];
  }

  /// Reads an open file, and closes it where that cannot be.
  static RolloutReader of(DiskFile file, long limit) throws IOException {
    try {
      return new RolloutReader(file, Math.min(limit, file.size()));
    } catch (IOException failed) {
      file.close();
      throw failed;
    }
  }

  /// From now on room is asked for before a long line is read, and held until the next one.
  RolloutReader within(LineRoom given) {
    room = given.part();
    return this;
  }

  /// Goes to where the lines with this ordinal and after begin, without reading all before it.
  ///
  /// Binary search as far as the lines are known to be ordered; behind that, and where nothing is
  /// known, only counting from there can tell.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  void seek(long ordinal, long ordered) throws IOException {
    long low = 0;
    long high = file.isSeekable() ? Math.min(ordered, limit) : 0;
    while (high - low > 4 * CHUNK) {
      long middle = (low + high) >>> 1;
      moveTo(middle);
      if (middle > 0) {
        skipToLineFeed();
      }
      long found = place();
      var line = found < high ? rawNext() : null;
      if (line == null || line.ordinal() >= ordinal) {
        high = middle;
      } else {
        low = found;
      }
    }
    moveTo(low);
    var first = low == 0 ? null : rawNext();
    previousOrdinal = first == null ? RolloutLine.NO_ORDINAL : first.ordinal() - 1;
    unreadable = 0;
    moveTo(low);
  }

  /// The next line that can be read, or null at the end.
  public @Nullable RolloutLine next() throws IOException {
    var line = rawNext();
    if (line == null) {
      return null;
    }
    var placed = line.after(previousOrdinal);
    previousOrdinal = placed.ordinal();
    return placed;
  }

  /// Where in the file the last line began.
  long lineStart() {
    return lineStart;
  }

  /// Whether the last line is longer than memory allows, so that its large members are left out.
  public boolean isShortened() {
    return shortened;
  }

  /// Bytes of the file up to the end of the line that was read last.
  long place() {
    return position - (end - start);
  }

  /// Lines so far that could not be read.
  public int unreadable() {
    return unreadable;
  }

  /// Gives back the memory of the last line; the file stays open.
  void release() {
    buffer = new byte[0];
    moveTo(position);
    room.hold(0);
  }

  @Override
  public void close() throws IOException {
    room.hold(0);
    file.close();
  }

  /// Goes to where a line begins.
  void skipTo(long place) {
    moveTo(place);
  }

  /// The next line that can be read with the ordinal that it says itself, or null at the end.
  @Nullable RolloutLine rawNext() throws IOException {
    while (true) {
      if (buffer.length <= CHUNK) {
        room.hold(0);
      }
      int length = findLine();
      if (length < 0) {
        return null;
      }
      shortened = length > LineLimit.BYTES;
      var line = shortened ? large() : ordinary(length);
      if (line.isPresent()) {
        return line.get();
      }
    }
  }

  /// Empty for a blank line, and for one that cannot be read.
  private Optional<RolloutLine> ordinary(int length) {
    int to = start + length;
    lineStart = place();
    int from = withoutNuls(start, to);
    int used = trimmed(from, to - from);
    boolean nulsOnly = used == 0 && from > start;
    start = Math.min(end, to + 1);
    if (used == 0) {
      unreadable += nulsOnly ? 1 : 0;
      return Optional.empty();
    }
    var bytes = Arrays.copyOfRange(buffer, from, from + used);
    giveBack(used);
    var line = LineDecoder.decode(bytes, 0, used);
    unreadable += line.isPresent() ? 0 : 1;
    return line;
  }

  private Optional<RolloutLine> large() throws IOException {
    lineStart = place();
    skipToLineFeed();
    boolean ended = start > 0 && buffer[start - 1] == '\n';
    var line = LargeLine.read(file, lineStart, ended ? place() - 1 : place());
    giveBack(0);
    unreadable += line.isPresent() ? 0 : 1;
    return line;
  }

  /// Length of the line at `start` without its line feed, or -1 at the end; fills the buffer. More
  /// than [LineLimit#BYTES] for a line that is longer than that, whatever its length is.
  private int findLine() throws IOException {
    int scanned = 0;
    while (true) {
      for (int i = start + scanned; i < end; i++) {
        if (buffer[i] == '\n') {
          return i - start;
        }
      }
      scanned = end - start;
      if (scanned > LineLimit.BYTES) {
        return scanned;
      }
      if (!fill()) {
        return scanned == 0 ? -1 : scanned;
      }
    }
  }

  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      int larger = (int) Math.min(2L * buffer.length, Math.max(LineLimit.BYTES, end) + CHUNK);
      room.require((long) TIMES * larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
    // A little at a time, so that little is left over behind a long line.
    int free = (int) Math.min(Math.min(buffer.length - end, CHUNK), limit - position);
    int read = free <= 0 ? -1 : file.read(ByteBuffer.wrap(buffer, end, free), position);
    if (read <= 0) {
      return false;
    }
    skipByteOrderMark(read);
    return true;
  }

  /// What a long line made large is not kept for short ones.
  ///
  /// @param length of the line that was taken out
  private void giveBack(int length) {
    if (buffer.length > CHUNK && end - start <= CHUNK) {
      var small = new byte[CHUNK];
      System.arraycopy(buffer, start, small, 0, end - start);
      end -= start;
      start = 0;
      buffer = small;
      room.hold(2L * length);
    }
  }

  private void skipByteOrderMark(int read) {
    boolean atStart = position == 0;
    position += read;
    end += read;
    if (atStart) {
      start = ByteOrderMark.length(buffer, 0, end);
    }
  }

  /// A crash of the machine may leave blocks of NULs before a line, and behind it.
  private int withoutNuls(int from, int to) {
    int first = from;
    while (first < to && buffer[first] == 0) {
      first++;
    }
    return first;
  }

  private int trimmed(int from, int length) {
    int used = length;
    while (used > 0 && isTrimmed(buffer[from + used - 1])) {
      used--;
    }
    return used;
  }

  private static boolean isTrimmed(byte b) {
    return b == '\r' || b == ' ' || b == 0;
  }

  private void moveTo(long newPosition) {
    position = newPosition;
    start = 0;
    end = 0;
  }

  /// Holds nothing of what it skips; leaves the line feed, if there is one, right before `start`.
  private void skipToLineFeed() throws IOException {
    do {
      while (start < end) {
        if (buffer[start++] == '\n') {
          return;
        }
      }
    } while (fill());
  }
}
