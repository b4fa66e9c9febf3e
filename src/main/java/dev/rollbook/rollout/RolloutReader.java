package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads the lines of one rollout in order, up to a given size.
///
/// It lives with what others leave behind: a byte order mark, CRLF, blank lines, a last line
/// without its line feed, lines that cannot be read. Those are counted, and the rest is read.
public final class RolloutReader implements Closeable {
  private static final int CHUNK = 64 * 1024;

  /// A buffer that grows is there as it was and as it is, and beside it the line that is copied.
  private static final int TIMES = 4;

  private final DiskFile file;
  private final long limit;
  private long position;
  private byte[] buffer;
  private int start;
  private int end;
  private long previousOrdinal = RolloutLine.NO_ORDINAL;
  private boolean counting = true;
  private int unreadable;
  private long lineStart;
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
  /// Numbered lines are in order, so that halving finds the place; a line without a number on the
  /// way means that only counting from the start can tell.
  void seek(long ordinal) throws IOException {
    long low = 0;
    long high = file.isSeekable() ? limit : 0;
    while (high - low > 4 * CHUNK) {
      long middle = (low + high) >>> 1;
      moveTo(middle);
      if (middle > 0) {
        skipToLineFeed();
      }
      long found = place();
      var line = found < high ? rawNext() : null;
      if (line != null && !line.numbered()) {
        low = 0;
        break;
      }
      if (line == null || line.ordinal() >= ordinal) {
        high = middle;
      } else {
        low = found;
      }
    }
    moveTo(low);
    var first = low == 0 ? null : rawNext();
    previousOrdinal = first == null ? RolloutLine.NO_ORDINAL : first.ordinal() - 1;
    counting = first == null;
    unreadable = 0;
    moveTo(low);
  }

  /// The next line that can be read, or null at the end.
  public @Nullable RolloutLine next() throws IOException {
    var line = rawNext();
    if (line == null) {
      return null;
    }
    var placed = line.after(previousOrdinal, counting);
    previousOrdinal = placed.ordinal();
    counting = counting && !line.numbered();
    return placed;
  }

  /// Where in the file the last line began.
  long lineStart() {
    return lineStart;
  }

  /// Bytes of the file up to the end of the line that was read last.
  long place() {
    return position - (end - start);
  }

  /// Lines so far that could not be read.
  public int unreadable() {
    return unreadable;
  }

  @Override
  public void close() throws IOException {
    room.hold(0);
    file.close();
  }

  private @Nullable RolloutLine rawNext() throws IOException {
    while (true) {
      if (buffer.length == CHUNK) {
        room.hold(0);
      }
      int length = findLine();
      if (length < 0) {
        return null;
      }
      int from = start;
      lineStart = place();
      start = Math.min(end, start + length + 1);
      int used = trimmed(from, length);
      if (used > 0) {
        var bytes = Arrays.copyOfRange(buffer, from, from + used);
        giveBack(used);
        var line = LineDecoder.decode(bytes, 0, used);
        if (line.isPresent()) {
          return line.get();
        }
        unreadable++;
      }
    }
  }

  /// Length of the line at `start` without its line feed, or -1 at the end; fills the buffer.
  private int findLine() throws IOException {
    int scanned = 0;
    while (true) {
      for (int i = start + scanned; i < end; i++) {
        if (buffer[i] == '\n') {
          return i - start;
        }
      }
      scanned = end - start;
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
      room.require((long) TIMES * buffer.length);
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int free = (int) Math.min(buffer.length - end, limit - position);
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

  private int trimmed(int from, int length) {
    int used = length;
    while (used > 0 && (buffer[from + used - 1] == '\r' || buffer[from + used - 1] == ' ')) {
      used--;
    }
    return used;
  }

  private void moveTo(long newPosition) {
    position = newPosition;
    start = 0;
    end = 0;
  }

  private void skipToLineFeed() throws IOException {
    int length = findLine();
    start = length < 0 ? end : Math.min(end, start + length + 1);
  }
}
