package dev.rollbook.rollout.disk;

import java.time.Instant;

/// Metadata of a file.
///
/// @param key identity of the file (inode): equal for two states of one file
/// @param size in bytes
public record FileState(Object key, long size, Instant modified) {}
