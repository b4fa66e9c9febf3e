/// Takes in the history that others wrote, as it is.
///
/// [ThreadImport] brings one rollout into its thread: a new one is copied line by line, one that is
/// here already gets what it lacks. [Imports] does that for whole directories in the background,
/// tells how far it is, and goes on after a restart. What cannot be read is kept beside, and told.
/// [Reverts] follows threads that Codex has reverted.
@NullMarked
@NamedInterface
package dev.rollbook.codex.ingest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
