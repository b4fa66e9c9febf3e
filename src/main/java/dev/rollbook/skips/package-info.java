/// Accounting of skipped writes: what happens when an item of history cannot be written.
///
/// [SkipAccounting] is the entry point. It makes each skip visible: in counters, in a WARN line
/// ([SkipLog]), as a gap in the state-db ([Gaps]) and in [SkipJournal], and as degraded health
/// ([PersistenceHealth]). The callers decide what is written, and when a write counts as skipped.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "memory",
      "model",
      "rollout",
      "rollout :: *",
      "statedb",
      "statedb :: *",
      "text"
    })
package dev.rollbook.skips;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
