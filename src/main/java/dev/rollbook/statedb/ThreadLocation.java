package dev.rollbook.statedb;

import dev.rollbook.statedb.ThreadRow.Storage;
import java.time.Instant;
import java.util.UUID;

/// A part of a thread's row: the columns that are compared with the rollout.
public record ThreadLocation(UUID id, Storage storage, Instant updatedAt) {
  public static ThreadLocation of(ThreadRow row) {
    return new ThreadLocation(row.id(), row.storage(), row.activity().updatedAt());
  }
}
