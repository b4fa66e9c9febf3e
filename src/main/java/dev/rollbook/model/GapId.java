package dev.rollbook.model;

import java.util.UUID;

/// Id of a gap. It has its own type, so that it cannot be confused with another kind of id.
public record GapId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static GapId next() {
    return new GapId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a full UUID
  public static GapId parse(String text) {
    return new GapId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
