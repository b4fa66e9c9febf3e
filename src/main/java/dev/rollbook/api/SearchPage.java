package dev.rollbook.api;

import dev.rollbook.search.SearchHits;
import dev.rollbook.search.SearchHits.Hit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of hits.
///
/// @param partial whether the search reached its time limit before it had looked at everything
record SearchPage(List<Hit> data, @Nullable String nextCursor, boolean partial) {
  static SearchPage of(SearchHits hits, boolean newest) {
    return new SearchPage(
        hits.hits(),
        hits.next() == null ? null : SearchCursor.after(hits.next(), newest),
        hits.partial());
  }
}
