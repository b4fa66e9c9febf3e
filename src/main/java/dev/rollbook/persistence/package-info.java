/// Best effort as a policy: what happens when an item of history cannot be written.
///
/// [Skips] is told of every skip, and sees to it that none is silent: a counter, one WARN line, a
/// gap in the state-db and in [SkipJournal], a degraded health component. Each of these is a class
/// of its own here. What is written, and when a write counts as skipped, is decided elsewhere.
@NullMarked
@ApplicationModule(allowedDependencies = {"memory", "model", "rollout", "rollout :: *", "statedb"})
package dev.rollbook.persistence;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
