/// Compressed rollouts, which readers see as uncompressed ones.
///
/// [CompressibleDisk] wraps the disk: it reads a compressed file through a [DecompressedFile], and
/// decompresses a file before it is written. Files that Rollbook compressed have a seek table, so
/// that reading a page in the middle decompresses one frame. Files of other programs may have none,
/// and are read as streams.
@NullMarked
package dev.rollbook.rollout.zstd;

import org.jspecify.annotations.NullMarked;
