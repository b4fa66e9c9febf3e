/// Imports and exports of Codex threads.
///
/// `source` finds and reads rollouts of a `CODEX_HOME`, `ingest` imports them as threads, `watch`
/// follows a home while Codex writes it, and `export` writes threads in the form that Codex reads.
/// Only an export writes to a home.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "event",
      "live",
      "lock",
      "memory",
      "model",
      "text",
      "projection",
      "reconcile",
      "rollout",
      "rollout :: *",
      "statedb",
      "statedb :: *",
      "thread",
      "worker"
    })
package dev.rollbook.codex;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
