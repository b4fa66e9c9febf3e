/// Locks by thread id, the registry of the threads in memory, which these locks guard, and group
/// commit.
///
/// To open, start, move or delete a thread, or to compare its rollout with its row, a caller must
/// hold the lock of the thread id ([ThreadLocks]). Packages below `live`, such as `reconcile`, use
/// [LoadedThreadRegistry] to lock a loaded thread. If several processes share the rollouts,
/// [ThreadOwnership] says which of them may do that. [GroupCommit] lets concurrent requests share
/// one write.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.lock;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
