package dev.rollbook.model;

import java.time.Instant;
import java.util.UUID;

/// Names a turn; a type of its own, so that no other id can stand in its place.
public record TurnId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static TurnId next() {
    return new TurnId(Uuids.next());
  }

  /// An id for a turn that has none of this form: always the same for the same words, and sorting
  /// by time like those of [#next].
  public static TurnId derived(Instant at, String words) {
    return new TurnId(Uuids.derived(at, words));
  }

  /// @throws IllegalArgumentException if the text is not a UUID in its full form
  public static TurnId parse(String text) {
    return new TurnId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
