package dev.rollbook.model;

import java.util.UUID;

/// Names a gap; a type of its own, so that no other id can stand in its place.
public record GapId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static GapId next() {
    return new GapId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a UUID in its full form
  public static GapId parse(String text) {
    return new GapId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
