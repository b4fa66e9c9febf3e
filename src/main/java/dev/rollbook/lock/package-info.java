/// Locks by thread id, and the registry of loaded threads that they guard.
///
/// Every caller that opens, starts, moves or deletes a thread, or compares its file, holds the lock
/// of its id ([ThreadLocks]). [LoadedThreadRegistry] is how lower packages, such as reconciliation,
/// lock a loaded thread without knowing what it is.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.lock;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
