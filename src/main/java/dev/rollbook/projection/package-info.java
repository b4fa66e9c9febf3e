/// What the lines of a rollout mean: who the thread is, where its turns begin and end, its preview,
/// its usage.
///
/// [HistoryFold] reads a rollout line by line into the [ThreadFacts] of its rows. [TurnMarker]
/// writes the markers of turns and reads them back, so that rows rebuilt from a rollout equal those
/// kept while it was written. Items are opaque beyond the few types in [ItemTypes]. No files, no
/// rows.
@NullMarked
@ApplicationModule(allowedDependencies = {"model", "text", "rollout", "rollout :: *"})
package dev.rollbook.projection;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
