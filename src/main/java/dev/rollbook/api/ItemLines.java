package dev.rollbook.api;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.LineRoom;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of one item a line, read in batches of the lines that have arrived.
final class ItemLines {
  /// Items that can be appended, and what is wrong with the first line that is none.
  ///
  /// @param badLine number of that line, from 1
  /// @param badLines how many there are; more than one only in a wrapped upload, whose batch goes
  ///   on behind a bad line and has its text as items
  record Batch(
      List<RolloutItem> items, @Nullable RollbookException bad, long badLine, int badLines) {}

  private final LineChunks chunks;
  private final LineForm form;
  private final long maxItem;
  private long line;
  private @Nullable UnreadableLine unfinished;

  ItemLines(InputStream in, LineForm form, long maxItem, LineRoom room) {
    this.chunks = new LineChunks(in, maxItem, room);
    this.form = form;
    this.maxItem = maxItem;
  }

  /// Waits for the next lines; null at the end of the body.
  @Nullable Batch next() throws IOException {
    var chunk = chunks.next();
    if (chunk == null) {
      return null;
    }
    return chunk.tooLong() == null ? read(chunk.bytes()) : part(chunk, chunk.tooLong());
  }

  private Batch part(LineChunks.Chunk chunk, RollbookException tooLong) {
    var text = unfinished;
    boolean begins = text == null;
    if (text == null) {
      line++;
      text = new UnreadableLine(line, detail(tooLong));
    }
    unfinished = chunk.endsLine() ? null : text;
    var bytes = chunk.bytes();
    int end = chunk.endsLine() ? withoutBlanks(bytes, 0, lineFeed(bytes, 0)) : bytes.length;
    var items = form.isWrapped() ? text.items(bytes, 0, end) : List.<RolloutItem>of();
    boolean counts = begins || !form.isWrapped();
    return new Batch(items, counts ? tooLong : null, line, begins ? 1 : 0);
  }

  private Batch read(byte[] chunk) {
    var items = new ArrayList<RolloutItem>();
    RollbookException bad = null;
    long badLine = 0;
    int badLines = 0;
    int badByte = Utf8.firstBad(chunk);
    for (int from = 0; from < chunk.length; ) {
      int feed = lineFeed(chunk, from);
      line++;
      int to = withoutBlanks(chunk, from, feed);
      try {
        if (from < to) {
          items.add(item(chunk, from, to, badByte));
        }
      } catch (InvalidRequest | ItemTooLarge e) {
        badLine = bad == null ? line : badLine;
        bad = bad == null ? e : bad;
        badLines++;
        if (!form.isWrapped()) {
          break;
        }
        items.addAll(new UnreadableLine(line, detail(e)).items(chunk, from, to));
      }
      from = feed + 1;
    }
    return new Batch(items, bad, badLine, badLines);
  }

  private RolloutItem item(byte[] chunk, int start, int to, int badByte) {
    int from = withoutByteOrderMark(chunk, start, to);
    if (to - from > maxItem) {
      throw new ItemTooLarge("the line", maxItem);
    }
    if (badByte < to && Utf8.firstBad(chunk, from, to) < to) {
      throw new InvalidRequest(
          "", "line is not UTF-8: bad byte at " + (Utf8.firstBad(chunk, from, to) - from));
    }
    Utf8.requireNoGuess(chunk, from, to);
    try (var body = JsonBody.line(chunk, from, to, maxItem)) {
      return body.whole(form::read);
    }
  }

  /// Windows shells begin a pipe with a byte order mark.
  private int withoutByteOrderMark(byte[] chunk, int from, int to) {
    boolean marked =
        form.isWrapped()
            && line == 1
            && to - from >= 3
            && chunk[from] == (byte) 0xEF
            && chunk[from + 1] == (byte) 0xBB
            && chunk[from + 2] == (byte) 0xBF;
    return marked ? from + 3 : from;
  }

  private static String detail(RollbookException bad) {
    return String.valueOf(bad.getMessage());
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
