/// The data-dir: its layout, its lock, and the files in it that are not rollouts.
///
/// [DataDir] names every path, in the layout that Codex reads. [DataDirLock] keeps a second process
/// from using the data-dir. [Tombstones] records deleted threads, so that no import or rebuild
/// restores them. [SessionIndex] stores names of threads in the file that Codex reads.
/// [DisplacedLines] hands lines over to the next owner of their thread.
@NullMarked
@NamedInterface("datadir")
package dev.rollbook.rollout.datadir;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
