package dev.rollbook.model;

import java.util.UUID;

/// Names a thread; a type of its own, so that no other id can stand in its place.
public record ThreadId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static ThreadId next() {
    return new ThreadId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a UUID in its full form
  public static ThreadId parse(String text) {
    return new ThreadId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
