/// Full-text search over the items of all threads, with Lucene.
///
/// The index is derived from the rollouts, and can be rebuilt from them. [SearchIndexer] indexes
/// new items, on one throttled Java thread. [SearchService] executes searches. [SearchIndex] opens
/// the files of the index. [IndexWatermark] says up to which line a thread is indexed.
/// `PeerChanges` finds the threads that other replicas have changed: each replica indexes all
/// threads.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "cluster",
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
