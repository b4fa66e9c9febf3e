package dev.rollbook.search;

import dev.rollbook.access.Access;
import dev.rollbook.model.ThreadId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Query of one page of search results: text, filters, order and position.
///
/// @param newestFirst whether to order by time instead of relevance
/// @param since earliest time of an item; null for any
/// @param until latest time of an item; null for any
/// @param cwd directory of the thread, or a directory above it
/// @param threadKind name of a `ThreadKind`; null for all
/// @param type type of the item, or type of its payload
/// @param access whose hits are returned
/// @param after position of the last hit of the previous page; null for the first page
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
    Access access,
    @Nullable Position after) {

  /// Position of a hit in the order of the results; unique for an item.
  ///
  /// @param score relevance
  /// @param at its time in milliseconds
  public record Position(float score, long at, ThreadId thread, long ordinal) {}
}
