package dev.rollbook.search;

import dev.rollbook.model.ThreadSummary;
import dev.rollbook.search.SearchQuery.Position;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One page of the results of a search.
///
/// @param next position of this page's last hit, after which the next page begins; null if this
///   page is the last one
/// @param partial whether hits may be missing, because the search timed out or the index is out of
///   date
public record SearchHits(List<Hit> hits, @Nullable Position next, boolean partial) {
  /// An item that matches a search. Its components are the members of the JSON.
  ///
  /// @param turnId null for an item outside of turns
  /// @param kind the `type` of its payload
  /// @param snippet pieces of its text in order, those that match marked: nothing in them is markup
  public record Hit(
      UUID threadId,
      @Nullable UUID turnId,
      long ordinal,
      Instant timestamp,
      String type,
      @Nullable String kind,
      @Nullable String role,
      List<Part> snippet,
      ThreadSummary thread) {
    /// @param match whether the text matches the query
    public record Part(String text, boolean match) {}
  }
}
