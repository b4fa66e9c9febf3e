/// Full-text search over the items of all threads, with Lucene.
///
/// The index is derived from the rollouts and may be deleted at any time. [SearchIndexer] indexes
/// what was appended, on one throttled thread; [SearchService] executes searches; [SearchIndex] is
/// the only class that opens the files. How far a thread is indexed is its [IndexWatermark] in the
/// index.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "text",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "statedb :: *",
      "event",
      "reconcile",
      "live",
      "worker"
    })
package dev.rollbook.search;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
