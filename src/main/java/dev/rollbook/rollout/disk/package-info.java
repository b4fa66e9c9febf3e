/// Interface to the file system. It is so small that a test can make each of its calls fail.
///
/// [Disk] has all operations. [LocalDisk] is the only implementation that uses the file system. It
/// opens only regular files, creates files that only their owner can read, and follows no link out
/// of the data-dir. [StorageFaults] classifies failures. [IoRecovery] has helpers for failed
/// operations.
@NullMarked
@NamedInterface("disk")
package dev.rollbook.rollout.disk;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
