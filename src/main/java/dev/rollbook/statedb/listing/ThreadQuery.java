package dev.rollbook.statedb.listing;

import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which threads to list, in which order, after which one.
///
/// @param after the last row of the page before
public record ThreadQuery(
    Sort sort, boolean descending, int limit, ThreadFilter filter, @Nullable Position after) {

  /// All threads, or all forks of one, in the order in which they were created.
  public static ThreadQuery byCreation(
      int limit, @Nullable UUID forkedFrom, @Nullable Position after) {
    var filter = ThreadFilter.all().forkedFrom(forkedFrom);
    return new ThreadQuery(Sort.CREATED_AT, false, limit, filter, after);
  }

  /// The same from behind a row on.
  ThreadQuery after(Instant at, UUID id) {
    return new ThreadQuery(sort, descending, limit, filter, new Position(at, id));
  }

  ThreadQuery after(ThreadRow row) {
    return after(sort.of(row), row.id());
  }

  /// What a list is ordered by.
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

  /// A place in the order: total, as ids are unique.
  public record Position(Instant at, UUID id) {}
}
