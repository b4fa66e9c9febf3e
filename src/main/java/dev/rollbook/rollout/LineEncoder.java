package dev.rollbook.rollout;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/// Items to lines: `{"timestamp","ordinal","id"?,"type","payload","metadata"?}` and a line feed.
///
/// Payload and metadata go in as the bytes that were sent; one array holds all lines of an append.
public final class LineEncoder {
  private static final byte[] TIMESTAMP = ascii("{\"timestamp\":\"");
  private static final byte[] ORDINAL = ascii("\",\"ordinal\":");
  private static final byte[] ID = ascii(",\"id\":\"");
  private static final byte[] QUOTE = ascii("\"");
  private static final byte[] TYPE = ascii(",\"type\":\"");
  private static final byte[] PAYLOAD = ascii("\",\"payload\":");
  private static final byte[] METADATA = ascii(",\"metadata\":");
  private static final byte[] END = ascii("}\n");
  private static final int LONGEST_ORDINAL = 20;

  private byte[] bytes;
  private int length;

  private LineEncoder(int capacity) {
    this.bytes = new byte[capacity];
  }

  /// @param firstOrdinal of the first item; the others follow; -1 for a first line without a number
  /// @param now the timestamp of items that bring none
  public static EncodedLines encode(List<RolloutItem> items, long firstOrdinal, String now) {
    var encoder = new LineEncoder(capacityFor(items, now));
    long ordinal = firstOrdinal;
    for (var item : items) {
      encoder.line(item, ordinal++, now);
    }
    return new EncodedLines(encoder.bytes, encoder.length);
  }

  private void line(RolloutItem item, long ordinal, String now) {
    put(TIMESTAMP);
    put(ascii(item.timestamp() == null ? now : item.timestamp()));
    if (ordinal == RolloutLine.NO_ORDINAL) {
      put(QUOTE);
    } else {
      put(ORDINAL);
      put(ascii(Long.toString(ordinal)));
    }
    if (item.id() != null) {
      put(ID);
      put(quoted(item.id()));
      put(QUOTE);
    }
    put(TYPE);
    put(quoted(item.type()));
    put(PAYLOAD);
    put(item.payload());
    if (item.metadata() != null) {
      put(METADATA);
      put(item.metadata());
    }
    put(END);
  }

  private void put(byte[] part) {
    System.arraycopy(part, 0, bytes, length, part.length);
    length += part.length;
  }

  private void put(RawJson json) {
    length = json.copyTo(bytes, length);
  }

  private static int capacityFor(List<RolloutItem> items, String now) {
    long capacity = 0;
    for (var item : items) {
      capacity +=
          TIMESTAMP.length
              + ORDINAL.length
              + ID.length
              + QUOTE.length
              + TYPE.length
              + PAYLOAD.length
              + METADATA.length
              + END.length
              + LONGEST_ORDINAL
              + (item.timestamp() == null ? now.length() : item.timestamp().length())
              + longestQuoted(item.id())
              + longestQuoted(item.type())
              + item.payload().length()
              + (item.metadata() == null ? 0 : item.metadata().length());
    }
    return Math.toIntExact(capacity);
  }

  /// Six bytes are the most that a character becomes, which is where it is escaped.
  private static int longestQuoted(@Nullable String text) {
    return text == null ? 0 : 6 * text.length();
  }

  private static byte[] quoted(String text) {
    return JsonStringEncoder.getInstance().quoteAsUTF8(text);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
