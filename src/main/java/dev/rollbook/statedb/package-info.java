/// The relational index of threads, turns and gaps: what lists, filters and look-ups by id are
/// answered from.
///
/// Rows of threads and turns are derived from rollouts and may be rebuilt from them; gaps are kept
/// only here. Reads and inserts go through Spring Data, the row updates behind appends go in
/// batches. Runs on H2 and PostgreSQL with the same migrations. The only package that knows SQL.
@NullMarked
@ApplicationModule(allowedDependencies = {"model", "rollout", "rollout :: *"})
package dev.rollbook.statedb;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
