package dev.rollbook.cluster;

import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One life of a process that shares the database.
///
/// @param id another one after each start
/// @param name for people
/// @param address where other replicas reach it; null if it is the only one
/// @param version of Rollbook
/// @param isStopping whether it is about to stop, and takes no more threads
public record Replica(
    UUID id, String name, @Nullable URI address, String version, boolean isStopping) {}
