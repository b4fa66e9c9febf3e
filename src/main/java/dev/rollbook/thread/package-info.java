/// Services for threads: start, resume, fork, list, change, archive, shut down, discard, delete,
/// read.
///
/// [ThreadService] is the entry point. [ForkService] creates forks. [HistoryReader] reads items.
/// [GapService] lists and repairs gaps. [EventReplay] sends a history as events. If a thread cannot
/// be resumed, a new thread is started instead of returning an error.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "model",
      "text",
      "live",
      "memory",
      "rollout",
      "rollout :: *",
      "projection",
      "quota",
      "statedb",
      "statedb :: *",
      "skips",
      "reconcile",
      "event"
    })
package dev.rollbook.thread;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
