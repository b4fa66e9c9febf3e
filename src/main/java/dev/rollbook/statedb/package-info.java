/// The relational index of threads, turns and gaps, used for lists, filters and look-ups by id.
///
/// Rows of threads and turns are derived from rollouts, and can be rebuilt from them. The reasons
/// of gaps cannot be rebuilt. Reads and inserts go through Spring Data, and the row updates after
/// appends are written in batches. H2 and PostgreSQL have the same migration. No other package
/// knows SQL.
@NullMarked
@ApplicationModule(
    allowedDependencies = {"access", "lock", "model", "text", "rollout", "rollout :: *"})
package dev.rollbook.statedb;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
