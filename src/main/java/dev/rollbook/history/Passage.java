package dev.rollbook.history;

import org.jspecify.annotations.Nullable;

/// What a person could read, and so look for, in an item.
///
/// @param kind the `type` of its payload
/// @param role who speaks, as far as that is known
public record Passage(@Nullable String kind, @Nullable String role, String text) {}
