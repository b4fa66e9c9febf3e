package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.projection.ThreadKind;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Parses query parameters and refuses invalid values.
public final class QueryParameters {
  private QueryParameters() {}

  public static int limit(@Nullable Integer given, int byDefault, int atMost) {
    if (given == null) {
      return byDefault;
    }
    if (given < 1 || given > atMost) {
      throw new InvalidRequest("limit", "must be from 1 to %d".formatted(atMost));
    }
    return given;
  }

  /// The ordinal after which a client wants items; -1 for all of them, null if it gave none.
  public static @Nullable Long position(String name, @Nullable Long given) {
    if (given != null && (given < -1 || given == Long.MAX_VALUE)) {
      throw new InvalidRequest(
          name, "must be the ordinal of the last item that is known, or -1 for none");
    }
    return given;
  }

  /// Whether the second of two values was given.
  public static boolean choice(
      String name, @Nullable String given, String first, String second, boolean byDefault) {
    if (given == null) {
      return byDefault;
    }
    if (!given.equals(first) && !given.equals(second)) {
      throw new InvalidRequest(name, "must be %s or %s".formatted(first, second));
    }
    return given.equals(second);
  }

  /// One of several values; null if none was given.
  public static @Nullable String oneOf(String name, @Nullable String given, List<String> values) {
    if (given != null && !values.contains(given)) {
      throw new InvalidRequest(name, "must be one of " + String.join(", ", values));
    }
    return given;
  }

  /// The name of a `ThreadKind`.
  ///
  /// @return null for all kinds
  public static @Nullable String kind(@Nullable String given, @Nullable ThreadKind byDefault) {
    var kind =
        switch (given) {
          case null -> byDefault;
          case "all" -> null;
          default -> parsed("kind", given, ThreadKind::parse);
        };
    return kind == null ? null : kind.wireName();
  }

  /// Like the overload with a default, but null if the parameter is absent.
  public static @Nullable Boolean choice(
      String name, @Nullable String given, String first, String second) {
    return given == null ? null : choice(name, given, first, second, false);
  }

  public static <T> @Nullable T parsed(
      String name, @Nullable String given, Function<String, T> parse) {
    try {
      return given == null ? null : parse.apply(given);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequest(name, String.valueOf(e.getMessage()));
    }
  }
}
