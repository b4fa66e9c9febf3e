/// Follows the `CODEX_HOME` of a Codex that runs: new threads and new lines of it appear here.
///
/// [CodexWatch] looks at it several times a second; `WatchedHome` knows which of its files have
/// changed since. It is only read: never a byte is written there.
@NullMarked
package dev.rollbook.codex.watch;

import org.jspecify.annotations.NullMarked;
