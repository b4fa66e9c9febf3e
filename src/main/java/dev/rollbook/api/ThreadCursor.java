package dev.rollbook.api;

import dev.rollbook.statedb.ThreadQuery;
import dev.rollbook.statedb.ThreadQuery.Position;
import dev.rollbook.statedb.ThreadRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/// Where a page of threads ended. It belongs to one order and is refused with another.
final class ThreadCursor {
  /// Ten thousand years either way, which every database stores.
  private static final long FARTHEST = Duration.ofDays(3_652_425).toMillis();

  private ThreadCursor() {}

  static String after(ThreadRow last, ThreadQuery.Sort sort, boolean descending) {
    var text =
        "%s/%d/%s".formatted(order(sort, descending), sort.of(last).toEpochMilli(), last.id());
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  /// @throws IllegalArgumentException if it is none, or one of another order
  static Position parse(String cursor, ThreadQuery.Sort sort, boolean descending) {
    var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
    var parts = text.split("/", -1);
    if (parts.length != 3 || !parts[0].equals(order(sort, descending))) {
      throw new IllegalArgumentException("is not the cursor of a list in this order");
    }
    long at = Long.parseLong(parts[1]);
    if (at < -FARTHEST || at > FARTHEST) {
      throw new IllegalArgumentException("is not the cursor of a list: its time is far away");
    }
    return new Position(Instant.ofEpochMilli(at), UUID.fromString(parts[2]));
  }

  private static String order(ThreadQuery.Sort sort, boolean descending) {
    return sort.name() + (descending ? "-" : "+");
  }
}
