package dev.rollbook.model;

import java.util.UUID;

/// Id of an import. It has its own type, so that it cannot be confused with another kind of id.
public record ImportId(UUID value) {
  /// A new id that sorts after all earlier ones of this process (version 7).
  public static ImportId next() {
    return new ImportId(Uuids.next());
  }

  /// @throws IllegalArgumentException if the text is not a full UUID
  public static ImportId parse(String text) {
    return new ImportId(Uuids.parse(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
