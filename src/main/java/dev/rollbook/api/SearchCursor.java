package dev.rollbook.api;

import dev.rollbook.model.ThreadId;
import dev.rollbook.search.SearchQuery.Position;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Where a page of hits ended. It belongs to one order and is refused with another.
final class SearchCursor {
  private static final int PARTS = 5;

  private SearchCursor() {}

  static String after(Position last, boolean newest) {
    var text =
        "%s/%d/%d/%s/%d"
            .formatted(
                order(newest),
                Float.floatToIntBits(last.score()),
                last.at(),
                last.thread(),
                last.ordinal());
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  /// @throws IllegalArgumentException if it is none, or one of another order
  static Position parse(String cursor, boolean newest) {
    var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
    var parts = text.split("/", -1);
    if (parts.length != PARTS || !parts[0].equals(order(newest))) {
      throw new IllegalArgumentException("is not the cursor of a search in this order");
    }
    float score = Float.intBitsToFloat(Integer.parseInt(parts[1]));
    if (!Float.isFinite(score)) {
      throw new IllegalArgumentException("is not the cursor of a search");
    }
    return new Position(
        score, Long.parseLong(parts[2]), ThreadId.parse(parts[3]), Long.parseLong(parts[4]));
  }

  private static String order(boolean newest) {
    return newest ? "newest" : "relevance";
  }
}
