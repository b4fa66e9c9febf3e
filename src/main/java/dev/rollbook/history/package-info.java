/// What the items of a history mean: who the thread is, where its turns begin and end, its preview.
///
/// Rollbook takes items as they come; only the few kinds named here are looked into. The same rules
/// write a turn's frame and read it back, so that rows made from a rollout equal the rows that were
/// kept while it was written. No files, no rows: items and lines in, items and facts out.
@NullMarked
@ApplicationModule(allowedDependencies = {"model", "rollout", "rollout :: *"})
package dev.rollbook.history;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
