package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.search.SearchQuery;
import dev.rollbook.search.Searches;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Finds items by their text.
@RestController
@RequestMapping(path = "/v1/search", produces = MediaType.APPLICATION_JSON_VALUE)
class SearchController {
  private static final int LIMIT = 20;
  private static final int LARGEST_LIMIT = 100;
  private static final int LONGEST_QUERY = 1000;

  private final Searches searches;

  SearchController(Searches searches) {
    this.searches = searches;
  }

  @GetMapping
  SearchPage find(
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
    boolean newest = Parameters.choice("sort", sort, "relevance", "newest", false);
    var query =
        new SearchQuery(
            words(q),
            Parameters.limit(limit, LIMIT, LARGEST_LIMIT),
            newest,
            Parameters.parsed("since", since, Timestamps::parse),
            Parameters.parsed("until", until, Timestamps::parse),
            cwd,
            source,
            Parameters.kind(kind, null),
            type,
            threadId,
            Parameters.parsed("cursor", cursor, text -> SearchCursor.parse(text, newest)));
    return SearchPage.of(searches.find(query), newest);
  }

  private static String words(@Nullable String q) {
    if (q == null || q.isBlank()) {
      throw new InvalidRequest("q", "must say what to look for");
    }
    if (q.length() > LONGEST_QUERY) {
      throw new InvalidRequest("q", "must have at most %d characters".formatted(LONGEST_QUERY));
    }
    return q;
  }
}
