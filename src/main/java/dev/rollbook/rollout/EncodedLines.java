package dev.rollbook.rollout;

import dev.rollbook.model.RawJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Whole lines, ready to be written in one go.
public final class EncodedLines {
  /// Writes nothing, but makes a rollout that does not exist yet.
  public static final EncodedLines NONE = new EncodedLines(new byte[0], 0);

  private final byte[] bytes;
  private final int length;

  /// @param bytes may be longer than what it holds; must not be changed afterwards
  EncodedLines(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /// Lines that were written down elsewhere, without their line feeds.
  public static EncodedLines of(List<String> lines) {
    var text = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return new EncodedLines(bytes, bytes.length);
  }

  public int length() {
    return length;
  }

  /// These lines and then the others, in no more memory than they need.
  public EncodedLines plus(EncodedLines others) {
    var joined = Arrays.copyOf(bytes, length + others.length);
    System.arraycopy(others.bytes, 0, joined, length, others.length);
    return new EncodedLines(joined, joined.length);
  }

  /// All of them, one behind the other.
  public static EncodedLines join(List<EncodedLines> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    int length = Math.toIntExact(parts.stream().mapToLong(EncodedLines::length).sum());
    var joined = ByteBuffer.allocate(length);
    parts.forEach(part -> joined.put(part.bytes, 0, part.length));
    return new EncodedLines(joined.array(), length);
  }

  /// Calls for each line as a reader will find it.
  public void forEach(Consumer<RolloutLine> action) {
    for (var line : lines()) {
      LineDecoder.decode(line.toByteArray(), 0, line.length()).ifPresent(action);
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

  ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  /// How many of the bytes, from the first, the region ends with, beginning on a line of their own.
  ///
  /// @param atLineStart whether a line begins with the region
  int startedAtEndOf(byte[] region, boolean atLineStart) {
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

  /// Whether the lines stand somewhere in the given bytes, the first on a line of its own.
  ///
  /// @param atLineStart whether a line begins with the region
  boolean isWithin(byte[] region, boolean atLineStart) {
    for (int at = atLineStart ? 0 : 1; at + length <= region.length; at++) {
      if (startsLine(region, at) && Arrays.equals(region, at, at + length, bytes, 0, length)) {
        return true;
      }
    }
    return false;
  }
}
