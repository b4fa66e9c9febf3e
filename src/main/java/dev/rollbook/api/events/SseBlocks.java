package dev.rollbook.api.events;

import dev.rollbook.memory.MemoryReservation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Splits a stream of server-sent events of another replica into whole events, so that a stream
/// that breaks off can be continued by another one. Relies on the form that `SseEncoder` writes:
/// lines end with a line feed, and the data of an event is one line.
final class SseBlocks {
  private static final int BUFFER = 16 * 1024;
  private static final byte LINE_FEED = '\n';
  private static final String ID = "id: ";

  /// Events after which a stream ends, and that the client acts on.
  private static final String LAST_EVENT = "event: stream/";

  private final InputStream in;
  private final MemoryReservation room;
  private byte[] buffer = new byte[BUFFER];
  private int filled;
  private int taken;

  /// @param room memory for an event that is larger than the buffer
  SseBlocks(InputStream in, MemoryReservation room) {
    this.in = in;
    this.room = room;
  }

  /// Whole events in the order of the stream.
  static final class Blocks {
    private final byte[] bytes;
    private final @Nullable Long lastId;
    private final boolean isLast;

    private Blocks(byte[] bytes, @Nullable Long lastId, boolean isLast) {
      this.bytes = bytes;
      this.lastId = lastId;
      this.isLast = isLast;
    }

    byte[] bytes() {
      return bytes;
    }

    /// The last id among them; null if they have none.
    @Nullable Long lastId() {
      return lastId;
    }

    /// Whether no event follows.
    boolean isLast() {
      return isLast;
    }
  }

  /// The events that have arrived, at least one; null at the end of the stream. What an event that
  /// broke off had is dropped.
  @Nullable Blocks next() throws IOException {
    drop(taken);
    taken = 0;
    int searched = 0;
    while (true) {
      int end = endOfBlocks(searched);
      if (end > 0) {
        taken = end;
        return blocks(end);
      }
      searched = Math.max(0, filled - 1);
      if (filled == buffer.length) {
        room.resize(2L * buffer.length);
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read < 0) {
        return null;
      }
      filled += read;
    }
  }

  private void drop(int count) {
    filled -= count;
    if (filled < BUFFER && buffer.length > BUFFER) {
      var smaller = new byte[BUFFER];
      System.arraycopy(buffer, count, smaller, 0, filled);
      buffer = smaller;
      room.resize(0);
    } else {
      System.arraycopy(buffer, count, buffer, 0, filled);
    }
  }

  /// Behind the last empty line; 0 if there is none after the offset.
  private int endOfBlocks(int from) {
    for (int i = filled - 1; i > from; i--) {
      if (buffer[i] == LINE_FEED && buffer[i - 1] == LINE_FEED) {
        return i + 1;
      }
    }
    return 0;
  }

  private Blocks blocks(int end) {
    var bytes = Arrays.copyOf(buffer, end);
    Long id = null;
    boolean last = false;
    for (int line = 0; line < end; line = endOfLine(bytes, line) + 1) {
      if (startsWith(ID, bytes, line)) {
        int from = line + ID.length();
        var text =
            new String(bytes, from, endOfLine(bytes, from) - from, StandardCharsets.US_ASCII);
        id = Long.valueOf(text);
      } else if (startsWith(LAST_EVENT, bytes, line)) {
        last = true;
      }
    }
    return new Blocks(bytes, id, last);
  }

  private static int endOfLine(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != LINE_FEED) {
      at++;
    }
    return at;
  }

  private static boolean startsWith(String start, byte[] bytes, int from) {
    if (bytes.length - from < start.length()) {
      return false;
    }
    for (int i = 0; i < start.length(); i++) {
      if (bytes[from + i] != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
