package dev.rollbook.model;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/// Creates and parses UUIDs, for the id types of this package.
final class Uuids {
  private static final TimeBasedEpochGenerator VERSION_7 = Generators.timeBasedEpochGenerator();
  private static final Pattern FORM =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

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
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "must be a UUID such as 01a2034a-b9dd-7661-b3ea-5308f7ee69cf");
    }
    return UUID.fromString(text);
  }
}
