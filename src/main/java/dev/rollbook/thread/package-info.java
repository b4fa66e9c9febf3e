/// Life of a thread: start, resume, fork, list, describe, archive, shut down, discard, delete,
/// read.
///
/// [Threads] changes threads, [ThreadResumer] decides whether one can be gone on with, [History]
/// reads what they hold, [Forks] makes a thread of a part of another one. A resume that fails
/// starts a fresh thread and says so instead of failing.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "live",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "skips",
      "reconcile",
      "event"
    })
package dev.rollbook.thread;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
