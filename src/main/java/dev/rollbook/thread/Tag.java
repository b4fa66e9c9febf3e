package dev.rollbook.thread;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// A strong entity tag, in its quotes: a hash of values. Equal values have equal tags, whoever made
/// them and whenever.
final class Tag {
  private static final int BYTES = 16;

  private Tag() {}

  static String of(@Nullable String... values) {
    var digest = sha256();
    for (var value : values) {
      // The length tells null from empty, and keeps neighbours apart.
      var bytes = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(4).putInt(0, value == null ? -1 : bytes.length));
      digest.update(bytes);
    }
    return '"' + HexFormat.of().formatHex(digest.digest(), 0, BYTES) + '"';
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
