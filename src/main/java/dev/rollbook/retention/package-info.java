/// Retention: archives, compresses and deletes threads that are not used any more, as configured.
/// Without configuration nothing is done.
///
/// [RetentionWorker] runs a pass at an interval and on request; [RetentionPass] goes through the
/// threads that are due. By default a pass only reports what it would do. Before a thread is
/// deleted, [DeletionReceipts] has a record of it on the disk.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "statedb :: *",
      "reconcile",
      "live",
      "thread",
      "worker"
    })
package dev.rollbook.retention;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
