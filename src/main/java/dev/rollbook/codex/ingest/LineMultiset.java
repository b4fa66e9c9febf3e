package dev.rollbook.codex.ingest;

import dev.rollbook.model.RawJson;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.rollout.line.RolloutLine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Multiset of lines, each represented by the first 128 bits of its SHA-256. It is a hash table
/// with open addressing that takes 27 to 54 bytes a line.
///
/// Two lines are equal if they only differ in their ordinals.
final class LineMultiset {
  private static final String SESSION_META = "session_meta";

  private final MessageDigest sha256 = sha256();

  /// Two longs a slot; zeros mark a free slot.
  private long[] digests = new long[2 * 1024];

  private int[] counts = new int[1024];
  private int used;

  private record Digest(long high, long low) {}

  void add(RolloutLine line) {
    if (used >= counts.length / 4 * 3) {
      grow();
    }
    add(digest(line), 1);
  }

  /// Removes the line once; false if it is not in the multiset.
  boolean take(RolloutLine line) {
    int slot = slot(digest(line));
    return counts[slot] > 0 && counts[slot]-- > 0;
  }

  static boolean isSame(RolloutLine one, RolloutLine other) {
    return one.timestamp().equals(other.timestamp())
        && type(one).equals(type(other))
        && Objects.equals(one.id(), other.id())
        && one.payload().sameBytes(other.payload())
        && RawJson.same(one.metadata(), other.metadata());
  }

  private void add(Digest digest, int count) {
    int slot = slot(digest);
    used += isFree(slot) ? 1 : 0;
    digests[2 * slot] = digest.high;
    digests[2 * slot + 1] = digest.low;
    counts[slot] += count;
  }

  private void grow() {
    var oldDigests = digests;
    var oldCounts = counts;
    digests = new long[2 * oldDigests.length];
    counts = new int[2 * oldCounts.length];
    used = 0;
    for (int slot = 0; slot < oldCounts.length; slot++) {
      if (oldCounts[slot] > 0) {
        add(new Digest(oldDigests[2 * slot], oldDigests[2 * slot + 1]), oldCounts[slot]);
      }
    }
  }

  /// The slot of the digest, or the free slot where it belongs.
  private int slot(Digest digest) {
    int slot = (int) digest.high & (counts.length - 1);
    while (!isFree(slot)
        && (digests[2 * slot] != digest.high || digests[2 * slot + 1] != digest.low)) {
      slot = (slot + 1) & (counts.length - 1);
    }
    return slot;
  }

  private boolean isFree(int slot) {
    return digests[2 * slot] == 0 && digests[2 * slot + 1] == 0;
  }

  private Digest digest(RolloutLine line) {
    text(line.timestamp());
    text(type(line));
    text(line.id());
    json(line.payload());
    // A separator that no JSON text contains.
    sha256.update((byte) 0);
    if (line.metadata() != null) {
      json(line.metadata());
    }
    var bytes = ByteBuffer.wrap(sha256.digest());
    return new Digest(bytes.getLong(), bytes.getLong());
  }

  private static String type(RolloutLine line) {
    return line.type().equals(ForkBase.OWN_META) ? SESSION_META : line.type();
  }

  private void text(@Nullable String text) {
    var bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    sha256.update(ByteBuffer.allocate(4).putInt(text == null ? -1 : bytes.length).flip());
    sha256.update(bytes);
  }

  /// Hashes the bytes without a copy, because there may be many; line breaks do not count.
  private void json(RawJson json) {
    json.read((bytes, offset, length) -> {
      if (length == json.length()) {
        sha256.update(bytes, offset, length);
      } else {
        sha256.update(json.toByteArray());
      }
      return length;
    });
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
