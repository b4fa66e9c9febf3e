/// Live threads: held in memory while items are appended to them.
///
/// [LiveThread] gives the ordinals and decides between persisted and skipped; its `Recorder` writes
/// the rollout. What is appended while a thread is written waits in its [GroupCommit] and is
/// written together. [LiveThreads] opens them from the state-db, closes idle ones, and [RowFlusher]
/// carries counts behind the appends into the rows. [AppendGate] is shut when the service stops.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "lock",
      "memory",
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "persistence",
      "reconcile",
      "event",
      "worker"
    })
package dev.rollbook.live;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
