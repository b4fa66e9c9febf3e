/// What becomes of threads that nobody needs any more: archived, deleted, compressed, as operators
/// say, and nothing unless they do.
///
/// [RetentionWorker] makes a pass now and then, and when it is asked to; [RetentionPass] goes
/// through the threads whose time has come. Unless told otherwise it only reports what it would do.
/// Before a thread is deleted, [DeletionReceipts] has on the disk what it was.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "reconcile",
      "live",
      "thread",
      "worker"
    })
package dev.rollbook.retention;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
