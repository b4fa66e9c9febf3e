package dev.rollbook.rollout.disk;

import java.time.Instant;

/// Metadata of a file.
///
/// @param key identity of the file (its inode): two states with equal keys are of the same file
/// @param size in bytes
public record FileState(Object key, long size, Instant modified) {}
