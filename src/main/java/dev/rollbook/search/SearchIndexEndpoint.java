package dev.rollbook.search;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.stereotype.Component;

/// Shows operators how far the index is, and lets them have it made anew.
@Component
@Endpoint(id = "searchindex")
class SearchIndexEndpoint {
  private final SearchIndex index;
  private final Indexer indexer;
  private final boolean enabled;

  SearchIndexEndpoint(SearchIndex index, Indexer indexer, SearchProperties properties) {
    this.index = index;
    this.indexer = indexer;
    this.enabled = properties.enabled();
  }

  /// @param documents items that can be found
  /// @param threads that are indexed
  /// @param complete whether searches find all that was not written just now
  /// @param behind threads of which something is to be indexed; null while that is not known
  /// @param rebuilding null while nothing is indexed anew
  record State(
      boolean enabled,
      boolean open,
      long documents,
      long threads,
      boolean complete,
      @Nullable Integer behind,
      @Nullable Progress rebuilding) {}

  /// Threads that were indexed anew, of how many.
  record Progress(long done, long of) {}

  @ReadOperation
  State state() {
    var rebuild = indexer.rebuilding();
    return new State(
        enabled,
        index.isOpen(),
        index.documents(),
        index.threads(),
        indexer.isComplete(),
        indexer.behind(),
        rebuild == null ? null : new Progress(rebuild.done(), rebuild.of()));
  }

  /// Indexes all threads anew, one after the other; searches go on meanwhile.
  @WriteOperation
  State rebuild() {
    if (enabled) {
      indexer.rebuild();
    }
    return state();
  }
}
