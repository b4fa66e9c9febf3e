package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.statedb.listing.ThreadFilter;
import dev.rollbook.statedb.listing.ThreadQuery;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import dev.rollbook.statedb.listing.ThreadQuery.Sort;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Query of one page of the list of threads: filter, order and cursor.
///
/// @param byCreation whether to order by `createdAt` instead of `updatedAt`
/// @param cursor cursor from [#cursorAfter] for the last thread of the previous page; null for the
///   first page
public record ThreadListQuery(
    Filter filter, boolean byCreation, boolean descending, int limit, @Nullable String cursor) {
  /// Conditions that a listed thread must all meet; null means no condition.
  ///
  /// A new query parameter needs a component here and changes in [ThreadListQuery#rows],
  /// [ThreadFilter], `ThreadController.list`, `openapi/threads.yaml` and the table in
  /// `src/docs/api.md`.
  ///
  /// @param gapped whether items are missing from the history
  /// @param cwd in any spelling
  /// @param text to be found in name, preview or cwd
  /// @param kind a `ThreadKind`
  public record Filter(
      boolean archived,
      @Nullable Boolean pinned,
      @Nullable Boolean gapped,
      ThreadView.@Nullable Status status,
      @Nullable String source,
      @Nullable String cwd,
      @Nullable String model,
      @Nullable String text,
      @Nullable UUID forkedFrom,
      @Nullable String kind,
      @Nullable UUID parentThread) {}

  /// The cursor of the page that follows this thread. It is valid in the same order only.
  public String cursorAfter(ThreadView last) {
    var at = byCreation ? last.createdAt() : last.storedUpdatedAt();
    return TimeCursor.after(order(), at, last.id());
  }

  /// @throws InvalidRequest if the cursor is not one of this order
  ThreadQuery rows(Access access) {
    var rows =
        ThreadFilter.all()
            .visibleTo(access)
            .archived(filter.archived)
            .pinned(filter.pinned)
            .gapped(filter.gapped)
            .model(filter.model)
            .source(filter.source)
            .cwd(filter.cwd)
            .kind(filter.kind)
            .forkedFrom(filter.forkedFrom)
            .parentThread(filter.parentThread)
            .text(filter.text);
    try {
      return new ThreadQuery(sort(), descending, limit, rows, position());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequest("cursor", String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Position position() {
    return cursor == null ? null : TimeCursor.parse(order(), cursor);
  }

  private String order() {
    return sort().name() + (descending ? "-" : "+");
  }

  private Sort sort() {
    return byCreation ? Sort.CREATED_AT : Sort.UPDATED_AT;
  }
}
