package dev.rollbook.codex.ingest;

import dev.rollbook.memory.UuidSet;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Multiset of lines. A line is represented by the first 128 bits of its SHA-256, and takes about
/// 25 bytes of memory.
///
/// Lines that differ only in their ordinals count as equal.
final class LineMultiset {
  private static final String SESSION_META = "session_meta";

  private final MessageDigest sha256 = sha256();

  /// The first copy of a line as its digest, further copies as the numbers after it.
  private final UuidSet copies = new UuidSet();

  void add(RolloutLine line) {
    var digest = digest(line);
    copies.add(copy(digest, count(digest)));
  }

  /// Removes the line once; false if it is not in the multiset.
  boolean take(RolloutLine line) {
    var digest = digest(line);
    int count = count(digest);
    copies.remove(copy(digest, count - 1));
    return count > 0;
  }

  /// Number of copies. Doubles a limit until that copy is missing, and searches below it.
  private int count(UUID digest) {
    int missing = 1;
    while (copies.contains(copy(digest, missing - 1))) {
      missing *= 2;
    }
    int present = missing / 2;
    while (missing - present > 1) {
      int middle = (present + missing) >>> 1;
      if (copies.contains(copy(digest, middle - 1))) {
        present = middle;
      } else {
        missing = middle;
      }
    }
    return present;
  }

  private static UUID copy(UUID digest, int number) {
    return new UUID(digest.getMostSignificantBits(), digest.getLeastSignificantBits() + number);
  }

  static boolean isSame(RolloutLine one, RolloutLine other) {
    return one.timestamp().equals(other.timestamp())
        && type(one).equals(type(other))
        && Objects.equals(one.id(), other.id())
        && one.payload().sameBytes(other.payload())
        && RawJson.same(one.metadata(), other.metadata());
  }

  private UUID digest(RolloutLine line) {
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
    return new UUID(bytes.getLong(), bytes.getLong());
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
