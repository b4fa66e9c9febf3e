package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/// Id of a thread. It has its own type, so that it cannot be confused with another kind of id.
public record ThreadId(@JsonValue UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static ThreadId next() {
    return new ThreadId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a full UUID
  public static ThreadId parse(String text) {
    return new ThreadId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
