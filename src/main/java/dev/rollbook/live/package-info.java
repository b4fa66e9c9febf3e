/// Live threads: loaded in memory for appends and event streams.
///
/// [LiveThreads] loads, evicts and unloads live threads. The path of an append is [LiveThread] ->
/// `lock.GroupCommit` -> [Appender] (ordinals, outcome) -> [RolloutRecorder] (rollout). Skipped
/// items wait in the [RetryQueue]; if another replica takes the thread over meanwhile,
/// [DisplacedItems] and [DisplacedItemRetry] hand them over. After the append, [RowFlusher] updates
/// the rows. [LossAccounting] records items that the database has lost, and [LossSearch] looks for
/// them. At a shutdown, [Handover] gives the threads to other replicas. If there are none,
/// [GracefulShutdown] closes the [ShutdownGate], and further appends are skipped.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "cluster",
      "lock",
      "memory",
      "model",
      "text",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "statedb :: *",
      "skips",
      "reconcile",
      "event",
      "worker"
    })
package dev.rollbook.live;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
