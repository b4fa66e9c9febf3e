/// The seam to the file system, so small that a test can fail every call of it.
///
/// [Disk] names all operations; [LocalDisk] is the one implementation that touches files. It opens
/// regular files only, creates them for their owner alone, and follows no link out of the data-dir.
/// [StorageFaults] classifies what fails, [IoRecovery] closes and undoes.
@NullMarked
@NamedInterface("disk")
package dev.rollbook.rollout.disk;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
