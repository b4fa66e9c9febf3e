package dev.rollbook.api;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.LineRoom;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of one item a line, read in batches of the lines that have arrived.
final class ItemLines {
  /// Items that can be appended, and what is wrong with the line behind them.
  record Batch(List<RolloutItem> items, @Nullable RollbookException bad) {}

  private final LineChunks chunks;
  private final long maxItem;
  private long line;

  ItemLines(InputStream in, long maxItem, LineRoom room) {
    this.chunks = new LineChunks(in, maxItem, room);
    this.maxItem = maxItem;
  }

  /// Waits for the next lines; null at the end of the body.
  @Nullable Batch next() throws IOException {
    try {
      var chunk = chunks.next();
      return chunk == null ? null : read(chunk);
    } catch (ItemTooLarge | TooManyRequests unfinished) {
      line++;
      return new Batch(List.of(), unfinished);
    }
  }

  /// Number of the last line that was looked at, from 1.
  long line() {
    return line;
  }

  private Batch read(byte[] chunk) {
    var items = new ArrayList<RolloutItem>();
    int badByte = Utf8.firstBad(chunk);
    try {
      for (int from = 0; from < chunk.length; ) {
        int feed = lineFeed(chunk, from);
        line++;
        int to = withoutBlanks(chunk, from, feed);
        if (from < to) {
          items.add(item(chunk, from, to, badByte));
        }
        from = feed + 1;
      }
      return new Batch(items, null);
    } catch (InvalidRequest | ItemTooLarge bad) {
      return new Batch(items, bad);
    }
  }

  private RolloutItem item(byte[] chunk, int from, int to, int badByte) {
    if (to - from > maxItem) {
      throw new ItemTooLarge("the line", maxItem);
    }
    if (badByte < to) {
      throw new InvalidRequest("", "line is not UTF-8: bad byte at " + (badByte - from));
    }
    Utf8.requireNoGuess(chunk, from, to);
    try (var body = JsonBody.line(chunk, from, to, maxItem)) {
      return body.whole(JsonBody::item);
    }
  }

  private static int lineFeed(byte[] chunk, int from) {
    int at = from;
    while (at < chunk.length && chunk[at] != '\n') {
      at++;
    }
    return at;
  }

  private static int withoutBlanks(byte[] chunk, int from, int end) {
    int to = end;
    while (to > from && isBlank(chunk[to - 1])) {
      to--;
    }
    return to;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }
}
