/// Imports and exports of Codex threads.
///
/// `source` finds and reads the rollouts in a `CODEX_HOME`. `ingest` imports them as threads.
/// `watch` imports new lines while Codex writes them. `export` writes threads in the form that
/// Codex reads. Only an export writes to a `CODEX_HOME`.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "cluster",
      "event",
      "live",
      "lock",
      "memory",
      "model",
      "text",
      "projection",
      "quota",
      "redaction",
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
