package dev.rollbook.thread;

import org.jspecify.annotations.Nullable;

/// The properties of a thread that clients can change: name, metadata and pin.
///
/// @param metadata a JSON object
/// @param pinned whether retention neither archives nor deletes the thread
public record ThreadDescription(@Nullable String name, @Nullable String metadata, boolean pinned) {}
