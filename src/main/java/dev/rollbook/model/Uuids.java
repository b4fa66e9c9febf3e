package dev.rollbook.model;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;

/// Creates and parses UUIDs, for the id types of this package.
final class Uuids {
  private static final TimeBasedEpochGenerator VERSION_7 = Generators.timeBasedEpochGenerator();
  private static final int LENGTH = 36;

  private Uuids() {}

  static UUID next() {
    return VERSION_7.generate();
  }

  /// A version 7 layout with a hash of the text in place of the random bits.
  static UUID derived(Instant at, String words) {
    var hash = UUID.nameUUIDFromBytes(words.getBytes(StandardCharsets.UTF_8));
    long first = at.toEpochMilli() << 16 | 0x7000 | (hash.getMostSignificantBits() & 0xFFF);
    return new UUID(first, hash.getLeastSignificantBits());
  }

  /// Accepts any version, but only the full form: `UUID.fromString` alone would accept `1-1-1-1-1`.
  static UUID parse(String text) {
    if (!isFullForm(text)) {
      throw new IllegalArgumentException(
          "must be a UUID such as 01a2034a-b9dd-7661-b3ea-5308f7ee69cf");
    }
    return UUID.fromString(text);
  }

  /// Runs for every request, so no regular expression.
  private static boolean isFullForm(String text) {
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      boolean isDash = i == 8 || i == 13 || i == 18 || i == 23;
      if (isDash ? text.charAt(i) != '-' : !HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
