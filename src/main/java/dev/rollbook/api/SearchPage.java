package dev.rollbook.api;

import dev.rollbook.search.Hit;
import dev.rollbook.search.Hits;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A page of what was found.
///
/// @param partial whether the time for a search was over before all was looked at
record SearchPage(List<Found> data, @Nullable String nextCursor, boolean partial) {
  static SearchPage of(Hits hits, boolean newest) {
    return new SearchPage(
        hits.hits().stream().map(Found::of).toList(),
        hits.next() == null ? null : SearchCursor.after(hits.next(), newest),
        hits.partial());
  }

  /// An item that was found.
  ///
  /// @param snippet pieces of its text in order, those that match marked: nothing in them is markup
  record Found(
      UUID threadId,
      @Nullable UUID turnId,
      long ordinal,
      Instant timestamp,
      String type,
      @Nullable String kind,
      @Nullable String role,
      List<Hit.Part> snippet,
      About thread) {

    static Found of(Hit hit) {
      return new Found(
          hit.thread().id(),
          hit.turn(),
          hit.ordinal(),
          hit.at(),
          hit.type(),
          hit.kind(),
          hit.role(),
          hit.snippet(),
          About.of(hit.thread()));
    }
  }

  /// As much of its thread as a list of hits shows.
  record About(
      @Nullable String name,
      @Nullable String preview,
      @Nullable String cwd,
      @Nullable String source,
      String kind) {

    static About of(ThreadRow row) {
      return new About(row.name(), row.preview(), row.cwd(), row.source(), row.kind());
    }
  }
}
