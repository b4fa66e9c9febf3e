package dev.rollbook.rollout.line;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.text.RawJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/// Encoded lines, ready to be appended in one write.
public final class EncodedLines {
  /// No lines; appending them creates a rollout that does not exist yet.
  public static final EncodedLines NONE = new EncodedLines(new byte[0], 0);

  private final byte[] bytes;
  private final int length;

  /// @param bytes may be longer than the lines; must not be changed afterwards
  public EncodedLines(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /// Items as lines: `{"timestamp","ordinal","id"?,"type","payload","metadata"?}` and a line feed.
  /// Payload and metadata go in as the bytes that were sent.
  ///
  /// @param firstOrdinal of the first item; the others follow; -1 for a first line without a number
  /// @param now the timestamp of items that bring none
  public static EncodedLines encode(List<RolloutItem> items, long firstOrdinal, String now) {
    var encoder = new Encoder(Encoder.capacityFor(items, now));
    long ordinal = firstOrdinal;
    for (var item : items) {
      encoder.line(item, ordinal++, now);
    }
    return new EncodedLines(encoder.bytes, encoder.length);
  }

  /// Lines of text, given without line feeds.
  public static EncodedLines of(List<String> lines) {
    var text = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return new EncodedLines(bytes, bytes.length);
  }

  public int length() {
    return length;
  }

  /// These lines followed by the others, in an array of exact size.
  public EncodedLines plus(EncodedLines others) {
    return join(List.of(this, others));
  }

  /// The concatenation of all parts.
  public static EncodedLines join(List<EncodedLines> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    int length = Math.toIntExact(parts.stream().mapToLong(EncodedLines::length).sum());
    var joined = ByteBuffer.allocate(length);
    parts.forEach(part -> joined.put(part.bytes, 0, part.length));
    return new EncodedLines(joined.array(), length);
  }

  /// Calls the action for each line as a reader will decode it.
  public void forEach(Consumer<RolloutLine> action) {
    for (var line : lines()) {
      RolloutLine.parse(line.toByteArray(), 0, line.length()).ifPresent(action);
    }
  }

  /// The lines one by one, without their line feeds: views of the same bytes.
  public List<RawJson> lines() {
    var lines = new ArrayList<RawJson>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        lines.add(new RawJson(bytes, start, i - start));
        start = i + 1;
      }
    }
    return lines;
  }

  /// The ordinal that the first line states; -1 if it states none, or if there is no line.
  public long firstOrdinal() {
    return lines().stream()
        .findFirst()
        .flatMap(line -> RolloutLine.parse(line.toByteArray(), 0, line.length()))
        .map(RolloutLine::ordinal)
        .orElse(RolloutLine.NO_ORDINAL);
  }

  public ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  /// Length of the longest prefix of these bytes with which the region ends, at the start of a
  /// line.
  ///
  /// @param atLineStart whether a line begins with the region
  public int startedAtEndOf(byte[] region, boolean atLineStart) {
    int most = atLineStart ? region.length : region.length - 1;
    for (int count = Math.min(length, most); count > 0; count--) {
      int at = region.length - count;
      if (startsLine(region, at) && Arrays.equals(region, at, region.length, bytes, 0, count)) {
        return count;
      }
    }
    return 0;
  }

  private static boolean startsLine(byte[] region, int at) {
    return at == 0 || region[at - 1] == '\n';
  }

  /// Whether the region contains these lines, the first at the start of a line.
  ///
  /// @param atLineStart whether a line begins with the region
  public boolean isWithin(byte[] region, boolean atLineStart) {
    for (int at = atLineStart ? 0 : 1; at + length <= region.length; at++) {
      if (startsLine(region, at) && Arrays.equals(region, at, at + length, bytes, 0, length)) {
        return true;
      }
    }
    return false;
  }

  /// Collects lines that other programs wrote, byte for byte, in an array that grows as needed.
  public static final class Builder {
    private byte[] bytes = NONE.bytes;
    private int size;

    public void add(RawLine line) {
      line.addTo(this);
    }

    void add(byte[] from, int offset, int length) {
      int end = size + length + 1;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, size + size / 2));
      }
      System.arraycopy(from, offset, bytes, size, length);
      bytes[end - 1] = '\n';
      size = end;
    }

    /// Bytes so far.
    public int size() {
      return size;
    }

    /// Returns the lines collected so far and starts over.
    public EncodedLines take() {
      var taken = new EncodedLines(bytes, size);
      bytes = NONE.bytes;
      size = 0;
      return taken;
    }
  }

  /// Writes lines into one array.
  private static final class Encoder {
    private static final byte[] TIMESTAMP = ascii("{\"timestamp\":\"");
    private static final byte[] ORDINAL = ascii("\",\"ordinal\":");
    private static final byte[] ID = ascii(",\"id\":\"");
    private static final byte[] QUOTE = ascii("\"");
    private static final byte[] TYPE = ascii(",\"type\":\"");
    private static final byte[] PAYLOAD = ascii("\",\"payload\":");
    private static final byte[] METADATA = ascii(",\"metadata\":");
    private static final byte[] END = ascii("}\n");
    private static final int MAX_ORDINAL_DIGITS = 20;

    /// Length of the member names of a line with all members.
    private static final int MEMBER_NAME_BYTES =
        Stream.of(TIMESTAMP, ORDINAL, ID, QUOTE, TYPE, PAYLOAD, METADATA, END)
                .mapToInt(part -> part.length)
                .sum()
            + MAX_ORDINAL_DIGITS;

    private byte[] bytes;
    private int length;

    Encoder(int capacity) {
      this.bytes = new byte[capacity];
    }

    void line(RolloutItem item, long ordinal, String now) {
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

    static int capacityFor(List<RolloutItem> items, String now) {
      long capacity = 0;
      for (var item : items) {
        capacity +=
            MEMBER_NAME_BYTES
                + (item.timestamp() == null ? now.length() : item.timestamp().length())
                + longestQuoted(item.id())
                + longestQuoted(item.type())
                + item.payload().length()
                + (item.metadata() == null ? 0 : item.metadata().length());
      }
      return Math.toIntExact(capacity);
    }

    /// Upper bound of the length in JSON: a character takes at most six bytes, when it is escaped.
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
}
