/// Locks by the id of a thread, and which threads are open under them.
///
/// [LoadedThreads] has the threads that are held in memory. Whoever opens, starts, moves or deletes
/// a thread, or compares its file, holds the lock of its id ([ThreadLocks]). This package knows
/// neither what a live thread is nor who compares.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.lock;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
