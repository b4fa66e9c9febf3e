/// The data-dir: its layout, its lock, and the files in it that are not rollouts.
///
/// [DataDir] names every path, in the layout that Codex reads. [DataDirLock] keeps a second process
/// out. [Tombstones] record deleted threads, so that no import or rebuild brings them back;
/// [SessionIndex] keeps names of threads where Codex looks for them.
@NullMarked
@NamedInterface("datadir")
package dev.rollbook.rollout.datadir;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
