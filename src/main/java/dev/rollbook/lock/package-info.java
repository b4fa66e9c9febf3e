/// How callers wait for each other: locks by thread id, the registry of loaded threads that they
/// guard, and group commit.
///
/// A caller that opens, starts, moves or deletes a thread, or compares its rollout with its row,
/// holds the lock of the thread id ([ThreadLocks]). Packages below `live`, such as `reconcile`, use
/// [LoadedThreadRegistry] to lock a loaded thread. [GroupCommit] lets concurrent requests share one
/// write.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.lock;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
