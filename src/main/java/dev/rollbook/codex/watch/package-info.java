/// Follows the `CODEX_HOME` of a running Codex: its new threads and new lines appear here.
///
/// [CodexWatch] polls it several times a second; [WatchedHome] knows which of its files have
/// changed since. The home is only read.
@NullMarked
package dev.rollbook.codex.watch;

import org.jspecify.annotations.NullMarked;
