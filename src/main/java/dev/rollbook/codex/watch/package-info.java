/// Follows the `CODEX_HOME` of a running Codex. New threads and lines are imported within a second.
///
/// [CodexWatch] polls the directory several times a second. [WatchedHome] knows which files have
/// changed since their last import. Rollbook never writes to the directory.
@NullMarked
package dev.rollbook.codex.watch;

import org.jspecify.annotations.NullMarked;
