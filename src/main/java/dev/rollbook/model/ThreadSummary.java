package dev.rollbook.model;

import org.jspecify.annotations.Nullable;

/// What a list of something else shows of a thread. Its components are the members of the JSON.
///
/// @param kind a `ThreadKind`
public record ThreadSummary(
    @Nullable String name,
    @Nullable String preview,
    @Nullable String cwd,
    @Nullable String source,
    String kind) {}
