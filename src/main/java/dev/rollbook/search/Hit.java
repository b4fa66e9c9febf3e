package dev.rollbook.search;

import dev.rollbook.search.SearchQuery.Position;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An item that was found.
///
/// @param turn null for an item outside of turns
/// @param kind the `type` of its payload
/// @param snippet the part of its text that fits best, in order
public record Hit(
    ThreadRow thread,
    @Nullable UUID turn,
    String type,
    @Nullable String kind,
    @Nullable String role,
    List<Part> snippet,
    Position position) {

  /// Some text, and whether it is what was looked for.
  public record Part(String text, boolean match) {}

  public long ordinal() {
    return position.ordinal();
  }

  public Instant at() {
    return Instant.ofEpochMilli(position.at());
  }
}
