/// Imports rollouts of Codex.
///
/// [RolloutImporter] imports one rollout. If the thread is new, it copies all lines. If the thread
/// exists, it appends the lines that the thread lacks. [ImportService] imports whole directories in
/// the background, reports the progress, and continues after a restart. Lines that cannot be read
/// are written to the quarantine and reported. [RevertImporter] imports threads that Codex has
/// reverted.
@NullMarked
@NamedInterface
package dev.rollbook.codex.ingest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
