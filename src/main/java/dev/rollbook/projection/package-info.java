/// Interpretation of the lines of a rollout: properties of the thread, its turns, its preview, its
/// usage.
///
/// [HistoryFold] reads a rollout line by line into [ThreadFacts], from which rows are built.
/// [TurnMarker] writes and reads the markers of turns, so that rows that are rebuilt from a rollout
/// equal the original rows. Only items of the types in [ItemTypes] are interpreted. This package
/// opens no files, and knows no rows.
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "model", "text", "rollout", "rollout :: *"})
package dev.rollbook.projection;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
