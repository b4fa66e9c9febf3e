package dev.rollbook.statedb.files;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Row of a process that uses the files.
///
/// @param id of one life of the process
/// @param name for people
/// @param address where other replicas reach it; null if it must be the only one
/// @param beat goes up while the process lives
/// @param stopping whether it is about to stop
public record ReplicaRow(
    UUID id, String name, @Nullable String address, String version, long beat, boolean stopping) {}
