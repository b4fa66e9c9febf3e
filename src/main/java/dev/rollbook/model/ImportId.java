package dev.rollbook.model;

import java.util.UUID;

/// Names an import; a type of its own, so that no other id can stand in its place.
public record ImportId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static ImportId next() {
    return new ImportId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a UUID in its full form
  public static ImportId parse(String text) {
    return new ImportId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
