package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.listing.ThreadListing;
import dev.rollbook.statedb.listing.ThreadQuery;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Scan that finds outdated index entries, page by page. First it reads all threads, and finds
/// those whose entry is missing or outdated. Then it reads the threads in the index, and finds
/// those that were deleted.
final class StaleEntryScan {
  private static final int PAGE_SIZE = 100;

  private final boolean reindexAll;
  private final long total;
  private long done;
  private @Nullable Position rowsAfter;
  private @Nullable ThreadId indexedAfter;
  private boolean rowsDone;

  /// @param reindexAll whether to index all threads again
  /// @param total number of threads
  StaleEntryScan(boolean reindexAll, long total) {
    this.reindexAll = reindexAll;
    this.total = total;
  }

  /// Marks the threads of the next page that have to be indexed.
  ///
  /// @return whether there are more pages
  boolean step(
      ThreadListing listing,
      ThreadRepository rows,
      ThreadIndexer indexing,
      SearchIndex index,
      DirtyThreads touched) {
    if (rowsDone) {
      return indexed(rows, index, touched);
    }
    var page = listing.page(query());
    for (var row : page) {
      if (reindexAll || indexing.isBehind(row)) {
        touched.add(new ThreadId(row.id()), reindexAll);
      }
    }
    rowsDone = page.size() < PAGE_SIZE;
    rowsAfter =
        rowsDone
            ? null
            : new Position(page.getLast().provenance().createdAt(), page.getLast().id());
    done += page.size();
    return true;
  }

  boolean isRebuild() {
    return reindexAll;
  }

  /// Threads scanned so far.
  long done() {
    return done;
  }

  long total() {
    return Math.max(total, done);
  }

  private boolean indexed(ThreadRepository rows, SearchIndex index, DirtyThreads touched) {
    var page = index.threads(indexedAfter, PAGE_SIZE);
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

  private static Set<UUID> present(ThreadRepository rows, List<ThreadId> threads) {
    return rows.findAllById(threads.stream().map(ThreadId::value).toList()).stream()
        .map(ThreadRow::id)
        .collect(Collectors.toSet());
  }

  private ThreadQuery query() {
    return ThreadQuery.byCreation(PAGE_SIZE, null, rowsAfter);
  }
}
