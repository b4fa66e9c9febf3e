/// Imports rollouts of Codex.
///
/// [RolloutImporter] imports one rollout: it copies the lines of a new thread, and appends to an
/// existing thread the lines that it lacks. [ImportService] imports whole directories in the
/// background, reports the progress, and continues after a restart. Lines that cannot be read are
/// kept in quarantine and reported. [RevertImporter] imports threads that Codex has reverted.
@NullMarked
@NamedInterface
package dev.rollbook.codex.ingest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
