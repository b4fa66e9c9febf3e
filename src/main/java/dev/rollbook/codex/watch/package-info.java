/// Follows the `CODEX_HOME` of a running Codex: new threads and lines in it are imported within a
/// second.
///
/// [CodexWatch] polls it several times a second; [WatchedHome] knows which of its files have
/// changed since the last import. The home is only read.
@NullMarked
package dev.rollbook.codex.watch;

import org.jspecify.annotations.NullMarked;
