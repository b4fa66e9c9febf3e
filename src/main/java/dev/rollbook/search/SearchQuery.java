package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A search: text, filters, order and page.
///
/// @param newestFirst whether to order by time instead of relevance
/// @param since earliest time; null for any
/// @param until latest time; null for any
/// @param cwd of the thread, or a directory above it
/// @param threadKind a `ThreadKind`; null for all
/// @param type of the item, or that of its payload
/// @param after the last hit of the previous page
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

  /// Position of a hit in the order of the results; unique for an item.
  ///
  /// @param score relevance
  /// @param at its time in milliseconds
  public record Position(float score, long at, ThreadId thread, long ordinal) {}
}
