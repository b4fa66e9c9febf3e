/// Processes that share one database, and which of them has a thread in memory.
///
/// [Replicas] knows the other processes, [ThreadOwners] the owner of a thread. With files, and with
/// a single process, there is no other one: [SoleReplica].
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
