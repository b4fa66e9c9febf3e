package dev.rollbook.statedb.files;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Row of a file.
///
/// @param path below the data-dir, with `/` as separator; null once the file is deleted
/// @param epoch of the owner of its thread; 0 for a file of no thread
/// @param claim incremented when the file is opened for writes
public record FileRow(
    UUID key, @Nullable String path, long epoch, long claim, long size, Instant modifiedAt) {}
