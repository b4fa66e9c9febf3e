/// Finds items by what is said in them, in all threads.
///
/// The index is made of the rollouts and may be deleted at any time. [Indexer] keeps it up behind
/// the appends, in one thread of its own that rests at least as long as it works; [SearchIndex] is
/// the one place that knows its files; [Searches] answers from what was indexed last. How far each
/// thread is indexed stands in the index itself.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "event",
      "reconcile",
      "live",
      "worker"
    })
package dev.rollbook.search;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
