package dev.rollbook.rollout.disk;

import java.time.Instant;

/// Metadata of a file.
///
/// @param key identity of the file (its inode); if the keys of two states are equal, both are
///   states of one file
/// @param size size of the file in bytes
public record FileState(Object key, long size, Instant modified) {}
