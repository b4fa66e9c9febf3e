/// Live threads: loaded in memory for appends and event streams.
///
/// [LiveThreads] loads, evicts and unloads them. An append goes [LiveThread] -> [GroupCommit] ->
/// [Appender] (ordinals, outcome) -> [RolloutRecorder] (rollout). Skipped items wait in the
/// [RetryQueue]; [RowFlusher] writes counts to the rows afterwards. [GracefulShutdown] closes the
/// [ShutdownGate], after which appends are skipped.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
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
