package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What to look for, and where.
///
/// @param newestFirst whether by time rather than by how well it fits
/// @param since the first time; null for any
/// @param until the last time; null for any
/// @param cwd of the thread, or a directory above it
/// @param threadKind a `ThreadKind`; null for all
/// @param type of the item, or that of its payload
/// @param after the last hit of the page before
public record SearchQuery(
    String text,
    int limit,
    boolean newestFirst,
    @Nullable Instant since,
    @Nullable Instant until,
    @Nullable String cwd,
    @Nullable String source,
    @Nullable String threadKind,
    @Nullable String type,
    @Nullable ThreadId thread,
    @Nullable Position after) {

  /// A place in the order of the answers. What is equal in all of it is one item.
  ///
  /// @param score how well the item fits
  /// @param at its time in milliseconds
  public record Position(float score, long at, ThreadId thread, long ordinal) {}
}
