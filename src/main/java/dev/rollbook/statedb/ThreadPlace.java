package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;

/// The part of a thread's row that tells whether it fits its file.
public record ThreadPlace(UUID id, String rolloutPath, long rolloutBytes, Instant updatedAt) {}
