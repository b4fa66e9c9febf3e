package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The part of a thread's row that tells whether it fits its file.
public record ThreadPlace(
    UUID id,
    String rolloutPath,
    long rolloutBytes,
    @Nullable Long compressedBytes,
    Instant updatedAt,
    int reading) {
  public static ThreadPlace of(ThreadRow row) {
    return new ThreadPlace(
        row.id(),
        row.rolloutPath(),
        row.rolloutBytes(),
        row.compressedBytes(),
        row.updatedAt(),
        row.reading());
  }
}
