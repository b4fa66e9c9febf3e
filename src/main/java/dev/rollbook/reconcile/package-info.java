/// Updates the rows of the state-db from the rollouts.
///
/// [RowRebuilder] updates the rows of one thread. [Reconciler] compares all rollouts with all rows
/// in the background, after each start and on request. A `ReconcilePass` is one such comparison.
/// `MovedRollouts` handles rollouts that are not at the path in their row. Rollouts are only read,
/// or moved to `set_aside/`, and never while they are written ([LoadedThreadRegistry]).
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
