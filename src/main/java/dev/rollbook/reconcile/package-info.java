/// Brings the rows of the state-db up to what the rollouts say.
///
/// [Rebuild] does it for one thread: when it is opened and its row is behind. [Reconciler] does it
/// for all of them when the service starts, in the background. Files are only read here.
@NullMarked
@ApplicationModule(allowedDependencies = {"model", "rollout", "history", "statedb"})
package dev.rollbook.reconcile;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
