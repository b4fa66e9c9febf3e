/// Compressed rollouts, which readers see as uncompressed ones.
///
/// [CompressibleDisk] wraps a disk. It reads a compressed file through a [DecompressedFile], and
/// decompresses a file before a write. Files that Rollbook compressed have a seek table, so that
/// reading a page in the middle decompresses only a small part of the file. Files of other programs
/// may have no seek table, and are read as streams.
@NullMarked
package dev.rollbook.rollout.zstd;

import org.jspecify.annotations.NullMarked;
