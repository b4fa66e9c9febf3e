/// Updates the rows of the state-db from the rollouts.
///
/// [RowRebuilder] updates one thread, when it is opened and its row is outdated. [Reconciler]
/// updates all of them in the background, when the service starts and on request: a `ReconcilePass`
/// goes through all files and then all rows. `MovedRollouts` handles files that are not at the path
/// in their row. Files are only read, or moved aside, and never while they are written
/// ([LoadedThreadRegistry]).
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "lock",
      "model",
      "text",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "statedb :: *",
      "skips",
      "worker"
    })
package dev.rollbook.reconcile;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
