package dev.rollbook.api;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A page of a list. Its components are the members of the JSON.
public record ListPage<T>(List<T> data, @Nullable String nextCursor) {
  /// @param read the elements of the page, and one more if there is a next page
  /// @param cursor computes the cursor of the next page from the last element of this one
  public static <T> ListPage<T> of(List<T> read, int size, Function<T, String> cursor) {
    var shown = read.subList(0, Math.min(size, read.size()));
    var next = read.size() > size ? cursor.apply(shown.getLast()) : null;
    return new ListPage<>(shown, next);
  }
}
