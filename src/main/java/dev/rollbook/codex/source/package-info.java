/// Finds and reads rollouts in a `CODEX_HOME` or any other directory, and never changes them.
///
/// [RolloutFinder] finds the rollouts below a directory. [SourceReader] reads a rollout line by
/// line, and accepts whatever a crash, an editor or another program left in it. [SourceRoots]
/// decides which directories may be read at all.
@NullMarked
package dev.rollbook.codex.source;

import org.jspecify.annotations.NullMarked;
