/// Histories of Codex: rollouts of a `CODEX_HOME` become threads here, and threads go back.
///
/// `source` finds and reads rollouts, `ingest` imports them, `watch` follows a home as Codex writes
/// it, `export` writes threads in the form that Codex reads. A home is only ever read, except by an
/// export.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "event",
      "live",
      "lock",
      "model",
      "projection",
      "reconcile",
      "rollout",
      "rollout :: *",
      "statedb",
      "thread",
      "worker"
    })
package dev.rollbook.codex;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
