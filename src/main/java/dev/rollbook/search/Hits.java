package dev.rollbook.search;

import dev.rollbook.search.SearchQuery.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of what was found.
///
/// @param next the place to go on after; null where nothing follows
/// @param partial whether there may be more: the time was over before everything was looked at, or
///   the index lacks something that was not written just now
public record Hits(List<Hit> hits, @Nullable Position next, boolean partial) {}
