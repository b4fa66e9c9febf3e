package dev.rollbook.api.search;

import dev.rollbook.access.Access;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.search.SearchHits.Hit;
import dev.rollbook.search.SearchQuery;
import dev.rollbook.search.SearchQuery.Position;
import dev.rollbook.search.SearchService;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Full-text search in the items of all threads.
@RestController
@RequestMapping(path = "/v1/search", produces = MediaType.APPLICATION_JSON_VALUE)
record SearchController(SearchService searches) {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;
  private static final int MAX_QUERY_LENGTH = 1000;
  private static final int CURSOR_PARTS = 5;

  /// @param partial whether the search reached its time limit before it had looked at everything
  record SearchPage(List<Hit> data, @Nullable String nextCursor, boolean partial) {}

  @GetMapping
  SearchPage find(
      Access access,
      @RequestParam(required = false) @Nullable String q,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String sort,
      @RequestParam(required = false) @Nullable String since,
      @RequestParam(required = false) @Nullable String until,
      @RequestParam(required = false) @Nullable String cwd,
      @RequestParam(required = false) @Nullable String source,
      @RequestParam(required = false) @Nullable String kind,
      @RequestParam(required = false) @Nullable String type,
      @RequestParam(required = false) @Nullable ThreadId threadId) {
    boolean newest = QueryParameters.choice("sort", sort, "relevance", "newest", false);
    var query =
        new SearchQuery(
            words(q),
            QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT),
            newest,
            QueryParameters.parsed("since", since, Timestamps::parse),
            QueryParameters.parsed("until", until, Timestamps::parse),
            cwd,
            source,
            QueryParameters.kind(kind, null),
            type,
            threadId,
            access,
            QueryParameters.parsed("cursor", cursor, text -> position(text, newest)));
    var hits = searches.find(query);
    return new SearchPage(
        hits.hits(), hits.next() == null ? null : cursorAfter(hits.next(), newest), hits.partial());
  }

  private static String words(@Nullable String q) {
    if (q == null || q.isBlank()) {
      throw new InvalidRequest("q", "is missing: it is the text to search for");
    }
    if (q.length() > MAX_QUERY_LENGTH) {
      throw new InvalidRequest("q", "must have at most %d characters".formatted(MAX_QUERY_LENGTH));
    }
    return q;
  }

  private static String cursorAfter(Position last, boolean newest) {
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

  /// @throws IllegalArgumentException if the text is not a cursor of this order
  private static Position position(String cursor, boolean newest) {
    var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
    var parts = text.split("/", -1);
    if (parts.length != CURSOR_PARTS || !parts[0].equals(order(newest))) {
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
