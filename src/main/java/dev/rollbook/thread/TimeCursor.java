package dev.rollbook.thread;

import dev.rollbook.statedb.listing.ThreadQuery.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/// Cursor of a list that is ordered by time and id. It names the order, so that it is refused in
/// every other list.
final class TimeCursor {
  /// Ten thousand years either way, which every database stores.
  private static final long MAX_MILLIS = Duration.ofDays(3_652_425).toMillis();

  private TimeCursor() {}

  /// The cursor of the page after an element.
  static String after(String order, Instant at, UUID id) {
    var text = "%s/%d/%s".formatted(order, at.toEpochMilli(), id);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  /// @throws IllegalArgumentException if the text is not a cursor of this order
  static Position parse(String order, String cursor) {
    var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
    var parts = text.split("/", -1);
    if (parts.length != 3 || !parts[0].equals(order)) {
      throw new IllegalArgumentException("is not the cursor of a list in this order");
    }
    long at = Long.parseLong(parts[1]);
    if (at < -MAX_MILLIS || at > MAX_MILLIS) {
      throw new IllegalArgumentException("is not the cursor of a list: its time is out of range");
    }
    return new Position(Instant.ofEpochMilli(at), UUID.fromString(parts[2]));
  }
}
