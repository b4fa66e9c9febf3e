/// Rollouts that others wrote, where they lie: read, and never touched.
///
/// [SourceTree] finds them below a directory, [SourceReader] reads one line by line and lives with
/// everything that a crash, an editor or another program left in it. What may be read at all is [SourceRoots]'s to say.
@NullMarked
package dev.rollbook.codex.source;

import org.jspecify.annotations.NullMarked;
