/// Retention: archives, compresses and deletes threads that are no longer used. By default, all
/// three actions are disabled.
///
/// [RetentionWorker] runs a pass at an interval and on request. [RetentionPass] goes through the
/// threads that are due. In the default mode, a pass only reports what it would do. Before a thread
/// is deleted, [DeletionReceipts] writes a receipt to the disk.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "audit",
      "cluster",
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
