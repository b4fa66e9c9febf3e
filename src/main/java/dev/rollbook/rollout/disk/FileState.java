package dev.rollbook.rollout.disk;

import java.time.Instant;

/// A file as its directory shows it.
///
/// @param key the same for two states of one file, different for two files
/// @param size in bytes
public record FileState(Object key, long size, Instant modified) {}
