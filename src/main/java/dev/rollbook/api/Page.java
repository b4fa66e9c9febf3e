package dev.rollbook.api;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A list; a null cursor says that nothing follows.
record Page<T>(List<T> data, @Nullable String nextCursor) {
  /// @param read one more than was asked for, to know whether anything follows
  /// @param cursor after which the next page begins, from the last one that is shown
  static <T> Page<T> of(List<T> read, int size, Function<T, String> cursor) {
    var shown = read.subList(0, Math.min(size, read.size()));
    var next = read.size() > size ? cursor.apply(shown.getLast()) : null;
    return new Page<>(shown, next);
  }
}
