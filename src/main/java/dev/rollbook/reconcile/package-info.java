/// Updates the rows of the state-db from the rollouts.
///
/// [RowRebuilder] updates the rows of one thread. [Reconciler] compares all rollouts with all rows
/// in the background, after each start and on request. A `ReconcilePass` is one such comparison.
/// `MovedRollouts` handles rollouts that are not at the path in their row. [ThreadDeletion] deletes
/// threads. All other classes only read rollouts, or move them to `set_aside/` while the thread is
/// not in memory ([LoadedThreadRegistry]).
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "audit",
      "cluster",
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
