package dev.rollbook.statedb.listing;

import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Query of a page of threads: filter, order and position.
///
/// @param after position of the last row of the previous page; null for the first page
public record ThreadQuery(
    Sort sort, boolean descending, int limit, ThreadFilter filter, @Nullable Position after) {

  /// All threads, or all forks of one, in the order in which they were created.
  public static ThreadQuery byCreation(
      int limit, @Nullable UUID forkedFrom, @Nullable Position after) {
    var filter = ThreadFilter.all().forkedFrom(forkedFrom);
    return new ThreadQuery(Sort.CREATED_AT, false, limit, filter, after);
  }

  /// The next page after a row.
  ThreadQuery after(Instant at, UUID id) {
    return new ThreadQuery(sort, descending, limit, filter, new Position(at, id));
  }

  ThreadQuery after(ThreadRow row) {
    return after(sort.of(row), row.id());
  }

  /// Column that a list is ordered by.
  public enum Sort {
    UPDATED_AT("updated_at"),
    CREATED_AT("created_at");

    final String column;

    Sort(String column) {
      this.column = column;
    }

    public Instant of(ThreadRow row) {
      return switch (this) {
        case UPDATED_AT -> row.activity().updatedAt();
        case CREATED_AT -> row.provenance().createdAt();
      };
    }
  }

  /// Position in the order, which is total because ids are unique.
  public record Position(Instant at, UUID id) {}
}
