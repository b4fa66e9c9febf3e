package dev.rollbook.statedb;

import dev.rollbook.statedb.ThreadRow.Storage;
import java.time.Instant;
import java.util.UUID;

/// The part of a thread's row that tells whether it fits its file.
public record ThreadPlace(UUID id, Storage storage, Instant updatedAt) {
  public static ThreadPlace of(ThreadRow row) {
    return new ThreadPlace(row.id(), row.storage(), row.activity().updatedAt());
  }
}
