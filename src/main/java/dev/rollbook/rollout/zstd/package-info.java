/// Compressed rollouts, which look to all readers like the plain ones that they hold.
///
/// [CompressibleDisk] wraps the disk: it reads a compressed file through a [DecompressedFile], and
/// expands it before it is written. Files of our own have a seek table, so that a page in the
/// middle costs one frame; files of others may not, and are read as streams.
@NullMarked
package dev.rollbook.rollout.zstd;

import org.jspecify.annotations.NullMarked;
