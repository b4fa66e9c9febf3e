/// Processes that share one database, and which of them has a thread in memory.
///
/// [ClusterMembership] shows that this process lives, and watches the others. [ThreadClaims] makes
/// this process the owner of a thread before the thread is loaded or changed; the only process
/// becomes it with the first write. Each claim has a higher epoch, which all writes of files and
/// rows name, so the database refuses those of an earlier owner. Other packages ask [Replicas] and
/// [ThreadOwners], and do through [ClusterJobs] what one replica does for all. A process that stops
/// gives its threads to its peers ([ThreadHandover]). With files on the local disk, there is only
/// one process: [SoleReplica].
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "lock",
      "memory",
      "model",
      "rollout :: datadir",
      "rollout :: disk",
      "statedb",
      "statedb :: files"
    })
package dev.rollbook.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
