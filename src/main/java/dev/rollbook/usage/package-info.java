/// Token usage of all threads, summed up by day, model, directory, source or thread.
///
/// [UsageService] is the entry point. It adds up the usage that the rows of threads have by time,
/// so no turns are read. With a price table of the operator ([PriceTable]), the sums have a cost.
@NullMarked
@ApplicationModule(
    allowedDependencies = {"access", "model", "rollout :: disk", "statedb", "statedb :: *"})
package dev.rollbook.usage;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
