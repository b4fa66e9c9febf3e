package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.UUID;

/// Id of a turn. It has its own type, so that it cannot be confused with another kind of id.
public record TurnId(@JsonValue UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static TurnId next() {
    return new TurnId(Uuids.next());
  }

  /// A reproducible id for a turn that lacks one: the same input gives the same id, and it sorts by
  /// time like those of [#next].
  public static TurnId derived(Instant at, String words) {
    return new TurnId(Uuids.derived(at, words));
  }

  /// @throws IllegalArgumentException if the text is not a full UUID
  public static TurnId parse(String text) {
    return new TurnId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
