package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadListing;
import dev.rollbook.statedb.ThreadQuery;
import dev.rollbook.statedb.ThreadQuery.Position;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A walk over all threads, page by page, that finds those that the index is behind of; at its end
/// over all that are in the index, for those that are there no more.
final class Sweep {
  private static final int PAGE = 100;

  private final boolean anew;
  private final long of;
  private long done;
  private @Nullable Position rowsAfter;
  private @Nullable ThreadId indexedAfter;
  private boolean rowsDone;

  /// @param anew whether everything is to be indexed again
  /// @param of threads that there are
  Sweep(boolean anew, long of) {
    this.anew = anew;
    this.of = of;
  }

  /// Notes what is to be indexed of the next page.
  ///
  /// @return whether there are more
  boolean step(
      ThreadListing listing,
      ThreadRows rows,
      ThreadIndexing indexing,
      SearchIndex index,
      Touched touched) {
    if (rowsDone) {
      return indexed(rows, index, touched);
    }
    var page = listing.page(query());
    for (var row : page) {
      if (anew || indexing.isBehind(row)) {
        touched.add(new ThreadId(row.id()), anew);
      }
    }
    rowsDone = page.size() < PAGE;
    rowsAfter = rowsDone ? null : new Position(page.getLast().createdAt(), page.getLast().id());
    done += page.size();
    return true;
  }

  boolean isRebuild() {
    return anew;
  }

  /// Threads that were compared, or that are indexed or about to be.
  long done() {
    return done;
  }

  long of() {
    return Math.max(of, done);
  }

  private boolean indexed(ThreadRows rows, SearchIndex index, Touched touched) {
    var page = index.threads(indexedAfter, PAGE);
    if (page.isEmpty()) {
      return false;
    }
    indexedAfter = page.getLast();
    var there = present(rows, page);
    page.stream()
        .filter(thread -> !there.contains(thread.value()))
        .forEach(thread -> touched.add(thread, false));
    return true;
  }

  private static Set<UUID> present(ThreadRows rows, List<ThreadId> threads) {
    return rows.findAllById(threads.stream().map(ThreadId::value).toList()).stream()
        .map(ThreadRow::id)
        .collect(Collectors.toSet());
  }

  private ThreadQuery query() {
    return ThreadQuery.byCreation(PAGE, null, rowsAfter);
  }
}
