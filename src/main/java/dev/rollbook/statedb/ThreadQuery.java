package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which threads to list, in which order, after which one.
///
/// @param archived null for all
/// @param pinned null for all
/// @param text to be found in name, preview or cwd, whatever its case
/// @param kind a `ThreadKind`; null for all
/// @param parentThread the thread that started them
/// @param after the last row of the page before
public record ThreadQuery(
    Sort sort,
    boolean descending,
    int limit,
    @Nullable Boolean archived,
    @Nullable Boolean pinned,
    @Nullable String source,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String text,
    @Nullable UUID forkedFrom,
    @Nullable String kind,
    @Nullable UUID parentThread,
    @Nullable Position after) {

  /// All threads, or all forks of one, in the order in which they were created.
  public static ThreadQuery byCreation(
      int limit, @Nullable UUID forkedFrom, @Nullable Position after) {
    return new ThreadQuery(
        Sort.CREATED_AT,
        false,
        limit,
        null,
        null,
        null,
        null,
        null,
        null,
        forkedFrom,
        null,
        null,
        after);
  }

  /// The same from behind a row on.
  ThreadQuery after(ThreadRow row) {
    return new ThreadQuery(
        sort,
        descending,
        limit,
        archived,
        pinned,
        source,
        cwd,
        model,
        text,
        forkedFrom,
        kind,
        parentThread,
        new Position(sort.of(row), row.id()));
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
        case UPDATED_AT -> row.updatedAt();
        case CREATED_AT -> row.createdAt();
      };
    }
  }

  /// A place in the order: total, as ids are unique.
  public record Position(Instant at, UUID id) {}
}
