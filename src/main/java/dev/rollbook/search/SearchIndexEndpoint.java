package dev.rollbook.search;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.stereotype.Component;

/// Actuator endpoint `searchindex`: shows the state of the index, and starts a rebuild.
@Component
@Endpoint(id = "searchindex")
record SearchIndexEndpoint(SearchIndex index, SearchIndexer indexer, SearchProperties properties) {
  /// @param documents items in the index
  /// @param threads threads in the index
  /// @param complete whether searches find everything but the latest appends
  /// @param behind threads with items that are not indexed yet; null while that is not known
  /// @param rebuilding progress of a rebuild; null for none
  record State(
      boolean enabled,
      boolean open,
      long documents,
      long threads,
      boolean complete,
      @Nullable Integer behind,
      @Nullable Progress rebuilding) {}

  /// Threads indexed so far, and their total.
  record Progress(long done, long of) {}

  @ReadOperation
  State state() {
    var rebuild = indexer.rebuilding();
    return new State(
        properties.enabled(),
        index.isOpen(),
        index.documents(),
        index.threads(),
        indexer.isComplete(),
        indexer.behind(),
        rebuild == null ? null : new Progress(rebuild.done(), rebuild.total()));
  }

  /// Rebuilds the index, thread by thread. Searches are answered during the rebuild.
  @WriteOperation
  State rebuild() {
    if (properties.enabled()) {
      indexer.rebuild();
    }
    return state();
  }
}
