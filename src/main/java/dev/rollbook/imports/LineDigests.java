package dev.rollbook.imports;

import dev.rollbook.history.ForkBase;
import dev.rollbook.model.RawJson;
import dev.rollbook.rollout.RolloutLine;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A set of lines, each as often as it was there, that takes eight bytes a line.
///
/// Two lines are the same if all but their ordinal is: that is the thread's to give.
final class LineDigests {
  private static final String SESSION_META = "session_meta";

  private long[] digests = new long[1024];
  private int count;
  private @Nullable BitSet taken;

  /// To be called before anything is taken.
  void add(RolloutLine line) {
    if (count == digests.length) {
      digests = Arrays.copyOf(digests, digests.length * 2);
    }
    digests[count++] = digest(line);
  }

  /// Whether the line was in it once more.
  boolean take(RolloutLine line) {
    if (taken == null) {
      Arrays.sort(digests, 0, count);
      taken = new BitSet(count);
    }
    long digest = digest(line);
    int at = Arrays.binarySearch(digests, 0, count, digest);
    if (at < 0) {
      return false;
    }
    int free = taken.nextClearBit(first(at, digest));
    if (free >= count || digests[free] != digest) {
      return false;
    }
    taken.set(free);
    return true;
  }

  static boolean isSame(RolloutLine one, RolloutLine other) {
    return one.timestamp().equals(other.timestamp()) && digest(one) == digest(other);
  }

  private int first(int at, long digest) {
    int low = 0;
    int high = at;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (digests[middle] < digest) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long digest(RolloutLine line) {
    var crc = new CRC32C();
    long second = 31L * json(crc, line.payload()) + line.timestamp().hashCode();
    text(crc, line.timestamp());
    text(crc, type(line));
    text(crc, line.id() == null ? "" : line.id());
    if (line.metadata() != null) {
      json(crc, line.metadata());
    }
    return (crc.getValue() << 32) | (second & 0xFFFF_FFFFL);
  }

  private static String type(RolloutLine line) {
    return line.type().equals(ForkBase.OWN_META) ? SESSION_META : line.type();
  }

  private static void text(CRC32C crc, String text) {
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    crc.update(0);
  }

  /// Adds the bytes where they are, as they may be many; carriage returns do not count.
  ///
  /// @return another sum of them
  private static int json(CRC32C crc, RawJson json) {
    return json.read((bytes, offset, length) -> {
      int sum = 1;
      int from = offset;
      for (int at = offset; at < offset + length; at++) {
        if (bytes[at] == '\r') {
          crc.update(bytes, from, at - from);
          from = at + 1;
        } else {
          sum = 31 * sum + bytes[at];
        }
      }
      crc.update(bytes, from, offset + length - from);
      return sum;
    });
  }
}
